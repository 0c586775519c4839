using System.Net;
using System.Text.Json;

namespace Octomil.EndToEnd;

/// <summary>What the server answered.</summary>
/// <param name="Status">The status code.</param>
/// <param name="Body">The whole body.</param>
/// <param name="RetryAfter">The header, where there is one.</param>
internal sealed record Answer(HttpStatusCode Status, string Body, TimeSpan? RetryAfter)
{
    /// <summary>The code of a problem document; null of anything else.</summary>
    public string? Code => Field("code");

    public string? Detail => Field("detail");

    public static async Task<Answer> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken) =>
        new(response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken), response.Headers.RetryAfter?.Delta);

    private string? Field(string name) => JsonDocument.Parse(Body).RootElement.TryGetProperty(name, out var value) ? value.GetString() : null;
}
