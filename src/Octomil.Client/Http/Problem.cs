using System.Net;
using System.Text.Json;

namespace Octomil.Client.Http;

/// <summary>Reads a refusal: problem details with our <c>code</c>, or whatever a proxy in between says.</summary>
internal static class Problem
{
    private const int MaxBytes = 64 * 1024;

    public static async Task<OctomilException> ReadAsync(HttpResponseMessage response, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (code, detail) = Parse(await ReadBodyAsync(response, cancellationToken));
        return new OctomilException(response.StatusCode, code ?? CodeOf(response.StatusCode), detail ?? Describe(response)) { RetryAfter = RetryAfter(response, now) };
    }

    private static async Task<byte[]> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            var buffer = new byte[MaxBytes];
            var length = await stream.ReadAtLeastAsync(buffer, MaxBytes, throwOnEndOfStream: false, cancellationToken);
            return buffer[..length];
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            // The status alone says enough.
            return [];
        }
    }

    private static (string? Code, string? Detail) Parse(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind is JsonValueKind.Object
                ? (Text(document.RootElement, "code"), Text(document.RootElement, "detail") ?? Text(document.RootElement, "title"))
                : (null, null);
        }
        catch (JsonException)
        {
            return (null, null);
        }
    }

    private static string? Text(JsonElement problem, string name) =>
        problem.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    private static TimeSpan? RetryAfter(HttpResponseMessage response, DateTimeOffset now) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date > now ? date - now : TimeSpan.Zero,
        _ => null,
    };

    private static string CodeOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized => ErrorCodes.Unauthorized,
        HttpStatusCode.NotFound => ErrorCodes.NotFound,
        HttpStatusCode.RequestEntityTooLarge => ErrorCodes.TooLarge,
        HttpStatusCode.TooManyRequests => ErrorCodes.Busy,
        HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout => ErrorCodes.Unavailable,
        _ => OctomilException.UnexpectedAnswer,
    };

    private static string Describe(HttpResponseMessage response) => response.StatusCode is HttpStatusCode.Unauthorized
        ? "The API key is not accepted."
        : $"{response.RequestMessage?.RequestUri?.GetLeftPart(UriPartial.Path)} answered {(int)response.StatusCode} {response.ReasonPhrase}.";
}
