using System.Net;
using System.Text.Json;

namespace Octomil;

/// <summary>Turns an answer that is not a success into what the user reads.</summary>
internal static class ApiProblem
{
    private const int LongestBody = 64 * 1024;

    public static async Task<CommandFailureException> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        var (detail, code) = body.Length <= LongestBody ? Parse(body) : (null, null);
        var message = detail ?? $"The service answered {(int)response.StatusCode} {response.ReasonPhrase}.";
        return new CommandFailureException(ExitCodeOf(response.StatusCode), message, HintFor(response.StatusCode, code))
        {
            Status = response.StatusCode,
            Code = code,
        };
    }

    private static int ExitCodeOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.BadGateway => ExitCodes.Connection,
        HttpStatusCode.RequestTimeout or HttpStatusCode.GatewayTimeout => ExitCodes.Timeout,
        _ => ExitCodes.Refused,
    };

    private static string? HintFor(HttpStatusCode status, string? code) => code switch
    {
        ErrorCodes.WrongCredentials => null,
        ErrorCodes.OrganizationRequired => "name it with --org; the invitation's first login said it",
        ErrorCodes.OwnersOnly => "`octomil team list` names the owners",
        _ when status == HttpStatusCode.Unauthorized => "log in with `octomil login --api-key KEY`, or set OCTOMIL_API_KEY",
        ErrorCodes.MissingScope => "`octomil org` shows the scopes of your key; an administrator makes keys with `octomil keys create NAME --scope ...`",
        ErrorCodes.RunInProgress => "follow it with `octomil train status MODEL --watch`, or end it with `octomil train stop MODEL`",
        ErrorCodes.NoRun => "start one with `octomil train start MODEL --rounds N`",
        ErrorCodes.FederationRequired => "choose one with --federation NAME; `octomil federation list` names them",
        ErrorCodes.NotOwner => "only the organization that created the federation may do this; `octomil federation members NAME` shows it",
        ErrorCodes.NotMember => "ask the federation's owner for an invitation, then `octomil federation join NAME`",
        ErrorCodes.NothingToRollBackTo => "name a version with --to-version; `octomil models versions MODEL` lists them",
        ErrorCodes.ExperimentInProgress => "`octomil experiment list` shows it; `octomil experiment promote NAME` or `stop NAME` ends it",
        ErrorCodes.ExperimentOver => "`octomil deploy MODEL --version V --rollout 100%` brings a version to your devices",
        ErrorCodes.NoWinner => "`octomil experiment results NAME` shows what it says; --variant treatment, or control, promotes one all the same",
        ErrorCodes.VersionExists => "versions never change: push under the next version number",
        ErrorCodes.Busy or ErrorCodes.Unavailable or ErrorCodes.RateLimited => "the service is busy; try again in a moment",
        _ => null,
    };

    private static (string? Detail, string? Code) Parse(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return (Text(document.RootElement, "detail") ?? Text(document.RootElement, "title"), Text(document.RootElement, "code"));
        }
        catch (JsonException)
        {
            // Not a problem document: a proxy's page, or another service altogether.
            return (null, null);
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
        && !string.IsNullOrWhiteSpace(value.GetString())
            ? Printable.Text(value.GetString()!)
            : null;
}
