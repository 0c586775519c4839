using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Octomil.Client.Tokens;

namespace Octomil.Client.Http;

/// <summary>
/// A thin typed caller of the HTTP API. It sends the key, reads JSON and turns every refusal into an <see cref="OctomilException"/>;
/// it does not retry. Safe for concurrent use.
/// </summary>
public sealed class OctomilApi : IDisposable
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private readonly HttpClient _http;
    private readonly Credential _credential;
    private readonly TimeProvider _clock;

    /// <param name="apiKey">The API key, <c>edg_...</c>.</param>
    /// <param name="address">Where the service is.</param>
    /// <param name="handler">Sends the requests and stays the caller's; null: a new one.</param>
    /// <param name="clock">Measures time-outs; null: the system's.</param>
    public OctomilApi(string apiKey, ApiAddress address, HttpMessageHandler? handler = null, TimeProvider? clock = null)
        : this(new FixedCredential(apiKey), address, handler, clock) => ArgumentException.ThrowIfNullOrWhiteSpace(apiKey);

    internal OctomilApi(Credential credential, ApiAddress address, HttpMessageHandler? handler, TimeProvider? clock)
    {
        _credential = credential;
        _clock = clock ?? TimeProvider.System;
        Address = address;
        // Pooled connections end after a while so that a moved name is looked up again.
        _http = new HttpClient(handler ?? CreateHandler(), handler is null)
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Where the service is.</summary>
    public ApiAddress Address { get; }

    /// <summary>How long a call with a small answer may take.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>GET of a path below <c>/api/v1</c>.</summary>
    /// <exception cref="OctomilException">Refused, unreachable, or not JSON of that shape.</exception>
    public Task<T> GetAsync<T>(string path, CancellationToken cancellationToken) =>
        SendAsync<T>(HttpMethod.Get, path, body: null, cancellationToken);

    /// <summary>A call of a path below <c>/api/v1</c> with a JSON body, or none.</summary>
    /// <exception cref="OctomilException">Refused, unreachable, or not JSON of that shape.</exception>
    public Task<T> SendAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken) =>
        SendContentAsync<T>(method, path, body is null ? null : JsonContent.Create(body, body.GetType(), Json, ContractJson.Options), CallTimeout, cancellationToken);

    /// <summary>A call with any body and a time-out for the whole of it.</summary>
    /// <exception cref="OctomilException">Refused, unreachable, or not JSON of that shape.</exception>
    public async Task<T> SendContentAsync<T>(HttpMethod method, string path, HttpContent? content, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, Address.For(path)) { Content = content };
        // A big body waits for the service's word, so that a refusal does not cost an upload.
        request.Headers.ExpectContinue = content?.Headers.ContentLength > 1 << 20;
        using var limit = new CancellationTokenSource(timeout, _clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            using var response = await SendAsync(request, linked.Token);
            return await response.Content.ReadFromJsonAsync<T>(ContractJson.Options, linked.Token) ?? throw Unexpected(request, null);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new OctomilException(null, OctomilException.TimedOut, $"{Address.Root} did not answer within {timeout.TotalSeconds:0} s.", exception);
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException)
        {
            throw Unexpected(request, exception);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            throw Unreachable(exception);
        }
    }

    /// <summary>
    /// Sends a request, with the key if it goes to this service, and returns once the headers are there. There is no time-out but the token.
    /// Where a device's token was refused and there is a new one, it is sent again with that.
    /// </summary>
    /// <exception cref="OctomilException">Refused or unreachable.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var secret = request.RequestUri is { } uri && Address.Owns(uri) ? await SecretAsync(cancellationToken) : null;
        var response = await SendOnceAsync(request, secret, cancellationToken);
        if (response.StatusCode is HttpStatusCode.Unauthorized && secret is not null && await RenewAsync(secret, cancellationToken))
        {
            response.Dispose();
            response = await SendOnceAsync(CopyOf(request), await SecretAsync(cancellationToken), cancellationToken);
        }

        if ((int)response.StatusCode < 400)
        {
            return response;
        }

        using (response)
        {
            throw await Problem.ReadAsync(response, _clock.GetUtcNow(), cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _http.Dispose();
        _credential.Dispose();
    }

    /// <summary>What a request carries now.</summary>
    internal ValueTask<string?> SecretAsync(CancellationToken cancellationToken) => _credential.GetAsync(cancellationToken);

    /// <summary>After the service refused that secret: true if there is another one.</summary>
    internal Task<bool> RenewAsync(string refused, CancellationToken cancellationToken) => _credential.RenewAsync(refused, cancellationToken);

    private async Task<HttpResponseMessage> SendOnceAsync(HttpRequestMessage request, string? secret, CancellationToken cancellationToken)
    {
        request.Headers.Authorization = secret is null ? null : new AuthenticationHeaderValue("Bearer", secret);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (HttpRequestException exception)
        {
            throw Unreachable(exception);
        }
    }

    // A message is sent once; its content may be read again, and stays the first one's to dispose of.
    private static HttpRequestMessage CopyOf(HttpRequestMessage request)
    {
        var copy = new HttpRequestMessage(request.Method, request.RequestUri) { Content = request.Content, Version = request.Version };
        foreach (var (name, values) in request.Headers)
        {
            copy.Headers.TryAddWithoutValidation(name, values);
        }

        return copy;
    }

    private static SocketsHttpHandler CreateHandler() => new()
    {
        PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        ConnectTimeout = TimeSpan.FromSeconds(10),
        // A busy service thinks for up to two seconds before it says that an upload should come later.
        Expect100ContinueTimeout = TimeSpan.FromSeconds(5),
    };

    private OctomilException Unreachable(Exception exception) =>
        new(null, OctomilException.Unreachable, $"{Address.Root} cannot be reached: {exception.GetBaseException().Message.TrimEnd('.')}.", exception);

    private static OctomilException Unexpected(HttpRequestMessage request, Exception? exception) => new(
        null, OctomilException.UnexpectedAnswer, $"{request.RequestUri} did not answer as this API does. Is the API base right?", exception);
}
