using System.Net.Http.Json;
using System.Text.Json;

namespace Octomil.Organizations;

/// <summary>
/// Signs in at the identity provider by the OAuth 2.0 device authorization grant (RFC 8628): the person opens a page on any machine with
/// a browser, also where this command runs on one without.
/// </summary>
internal sealed class DeviceFlow(CommandContext context, ApiClient api)
{
    private const string Grant = "urn:ietf:params:oauth:grant-type:device_code";

    private static readonly TimeSpan _leastPause = TimeSpan.FromSeconds(1);

    public async Task<string> GetIdTokenAsync(CancellationToken cancellationToken)
    {
        var methods = (await api.GetAsync<SignInMethods>("auth/methods", cancellationToken)).Value;
        if (methods.Oidc is not { } oidc)
        {
            throw new CommandFailureException(ExitCodes.Refused, "The service has no identity provider.", "sign in with `octomil login --email EMAIL`");
        }

        using var http = new HttpClient { Timeout = ApiClient.Patience };
        var provider = await AskAsync(() => http.GetAsync($"{oidc.Authority.TrimEnd('/')}/.well-known/openid-configuration", cancellationToken), cancellationToken);
        var start = Secure(Text(provider, "device_authorization_endpoint")
            ?? throw Unexpected("it does not offer the device authorization grant"));
        var tokens = Secure(Text(provider, "token_endpoint") ?? throw Unexpected("it names no token endpoint"));

        var device = await PostAsync(http, start, cancellationToken, ("client_id", oidc.ClientId), ("scope", oidc.Scope));
        if (Text(device, "device_code") is not { } code || Text(device, "user_code") is not { } userCode || Text(device, "verification_uri") is not { } page)
        {
            throw Unexpected(Text(device, "error_description") ?? Text(device, "error") ?? "its answer is incomplete");
        }

        context.Note($"Open {Printable.Text(Text(device, "verification_uri_complete") ?? page)} and enter the code {Printable.Text(userCode)} there.");
        var pause = TimeSpan.FromSeconds(Number(device, "interval") ?? 5);
        return await PollAsync(http, tokens, oidc.ClientId, code, pause > _leastPause ? pause : _leastPause, cancellationToken);
    }

    private async Task<string> PollAsync(HttpClient http, Uri tokens, string clientId, string code, TimeSpan pause, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(pause, context.Environment.Time, cancellationToken);
            var answer = await PostAsync(http, tokens, cancellationToken, ("grant_type", Grant), ("device_code", code), ("client_id", clientId));
            switch (Text(answer, "error"))
            {
                case null:
                    return Text(answer, "id_token") ?? throw Unexpected("it gave no ID token; is openid among the scopes?");
                case "authorization_pending":
                    break;
                case "slow_down":
                    pause += TimeSpan.FromSeconds(5);
                    break;
                case var error:
                    throw new CommandFailureException(ExitCodes.Connection, $"The identity provider refused: {Printable.Text(Text(answer, "error_description") ?? error)}");
            }
        }
    }

    private static Task<JsonElement> PostAsync(HttpClient http, Uri address, CancellationToken cancellationToken, params (string Name, string Value)[] fields) => AskAsync(
        async () =>
        {
            using var form = new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));
            return await http.PostAsync(address, form, cancellationToken);
        },
        cancellationToken);

    private static async Task<JsonElement> AskAsync(Func<Task<HttpResponseMessage>> send, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await send();
            return await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException)
        {
            throw new CommandFailureException(ExitCodes.Connection, $"The identity provider cannot be asked: {Printable.Text(exception.Message)}", inner: exception);
        }
    }

    // What is sent there opens a session.
    private static Uri Secure(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || (uri.IsLoopback && uri.Scheme == Uri.UriSchemeHttp))
            ? uri
            : throw Unexpected("its addresses are not https");

    private static CommandFailureException Unexpected(string what) =>
        new(ExitCodes.Refused, $"The identity provider cannot be used from here: {Printable.Text(what)}.");

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind is JsonValueKind.Object && json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static double? Number(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number ? value.GetDouble() : null;
}
