using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Octomil;

/// <summary>The service's HTTP API. Every failure is a <see cref="CommandFailureException"/>; only a wanted cancellation is not.</summary>
internal sealed class ApiClient : IDisposable
{
    /// <summary>How long one answer may take; longer transfers are watched by <see cref="StallGuard"/>.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);

    private readonly HttpClient _http;
    private readonly TimeProvider _time;
    private readonly Uri _apiBase;

    /// <param name="address">The service, and as whom.</param>
    /// <param name="time">Measures patience.</param>
    /// <param name="homeFolder">Where a session that is renewed is kept.</param>
    public ApiClient(ServiceAddress address, TimeProvider time, string homeFolder = "")
    {
        _apiBase = address.ApiBase;
        _time = time;
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(10),
            // A proxy of the environment cannot reach this machine's own loopback.
            UseProxy = !address.ApiBase.IsLoopback,
        };
        var root = new Uri(address.ApiBase.AbsoluteUri.TrimEnd('/') + "/api/v1/");
        _http = new HttpClient(address.Session is null ? handler : new SessionHandler(address.Session, homeFolder, new Uri(root, "auth/refresh"), time, handler))
        {
            BaseAddress = root,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("octomil-cli", typeof(ApiClient).Assembly.GetName().Version?.ToString(3)));
        _http.DefaultRequestHeaders.Authorization = address.ApiKey is null ? null : new AuthenticationHeaderValue("Bearer", address.ApiKey);
    }

    /// <summary>A path from fixed parts and names: <c>ApiClient.Path($"models/{name}/versions")</c>.</summary>
    public static string Path(FormattableString path) =>
        string.Format(null, path.Format, [.. path.GetArguments().Select(argument => Uri.EscapeDataString(argument?.ToString() ?? ""))]);

    public Task<ApiAnswer<T>> GetAsync<T>(string path, CancellationToken cancellationToken) =>
        SendAsync<T>(HttpMethod.Get, path, content: null, cancellationToken);

    public Task<ApiAnswer<T>> PostAsync<T>(string path, object body, CancellationToken cancellationToken) =>
        SendAsync<T>(HttpMethod.Post, path, JsonContent.Create(body, body.GetType(), options: ContractJson.Options), cancellationToken);

    public async Task<ApiAnswer<T>> SendAsync<T>(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        using var guard = new StallGuard(Patience, _time, cancellationToken);
        return await SendAsync<T>(method, path, content, guard);
    }

    /// <summary>For bodies that may take long: the guard is told of progress by the content.</summary>
    public Task<ApiAnswer<T>> SendAsync<T>(HttpMethod method, string path, HttpContent? content, StallGuard guard) =>
        TranslateAsync(guard, async token =>
        {
            using var request = new HttpRequestMessage(method, path) { Content = content };
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token);
            await ThrowOnProblemAsync(response, token);
            return Parse<T>(await response.Content.ReadAsStringAsync(token));
        });

    /// <summary>Opens an answer whose body the caller reads; problems are thrown here.</summary>
    public Task<HttpResponseMessage> OpenAsync(string path, string accept, StallGuard guard) => TranslateAsync(guard, async token =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd(accept);
        var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, token);
        try
        {
            await ThrowOnProblemAsync(response, token);
            return response;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    });

    /// <summary>Runs a piece of network work and says its failures in the words of this command.</summary>
    public async Task<T> TranslateAsync<T>(StallGuard guard, Func<CancellationToken, Task<T>> work)
    {
        try
        {
            return await work(guard.Token);
        }
        catch (Exception stalled) when (stalled is OperationCanceledException or IOException or HttpRequestException && guard.Stalled)
        {
            throw new CommandFailureException(
                ExitCodes.Timeout, $"{_apiBase.Authority} did not answer within {guard.Patience.TotalSeconds:0} seconds.", inner: stalled);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            // A connection that the user's interruption closed is no failure.
            guard.Token.ThrowIfCancellationRequested();
            throw Unreachable(broken);
        }
    }

    public void Dispose() => _http.Dispose();

    private static ApiAnswer<T> Parse<T>(string body)
    {
        try
        {
            return new ApiAnswer<T>(
                JsonSerializer.Deserialize<T>(body, ContractJson.Options) ?? throw new JsonException("The answer is null."), body.Trim());
        }
        catch (JsonException unexpected)
        {
            throw new CommandFailureException(
                ExitCodes.Refused, $"The answer is not what an Octomil service sends: {Printable.Text(unexpected.Message)}",
                "is --api-base the address of the service, and is this tool as new as the service?", unexpected);
        }
    }

    private static async Task ThrowOnProblemAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw await ApiProblem.ReadAsync(response, cancellationToken);
        }
    }

    private CommandFailureException Unreachable(Exception broken)
    {
        var reason = (broken.InnerException ?? broken).Message;
        return new CommandFailureException(
            ExitCodes.Connection, $"No connection to {_apiBase.Authority}: {Printable.Text(reason)}",
            "is the service running there? --api-base or OCTOMIL_API_BASE names another address", broken);
    }
}
