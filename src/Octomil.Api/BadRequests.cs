using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Octomil;

/// <summary>Says what is wrong with a request that the framework could not read; its own messages speak of .NET types.</summary>
internal static partial class BadRequests
{
    public static Refusal Answer(BadHttpRequestException exception) => exception switch
    {
        { StatusCode: StatusCodes.Status413PayloadTooLarge } => Refusal.TooLarge("The body is larger than this endpoint takes."),
        { StatusCode: StatusCodes.Status415UnsupportedMediaType } => new Refusal(415, ErrorCodes.InvalidRequest, "The body must be JSON, with Content-Type: application/json."),
        { InnerException: JsonException json } => Json(json),
        { StatusCode: StatusCodes.Status408RequestTimeout } => new Refusal(408, ErrorCodes.InvalidRequest, "The body came too slowly."),
        _ => new Refusal(exception.StatusCode, ErrorCodes.InvalidRequest, Parameter(exception.Message)),
    };

    public static Refusal Json(JsonException exception)
    {
        var missing = MissingPattern().Match(exception.Message);
        if (missing.Success)
        {
            var names = string.Join(", ", NamePattern().Matches(missing.Groups["names"].Value).Select(match => match.Groups["name"].Value));
            return Refusal.Invalid($"Required and missing: {names}.").With("field", names);
        }

        var field = exception.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : null;
        return field is null
            ? Refusal.Invalid("The body is not the JSON that this endpoint takes.")
            : Refusal.Invalid($"The field '{Refusal.Shown(field)}' is not what it should be.").With("field", Refusal.Shown(field));
    }

    private static string Parameter(string message)
    {
        var name = ParameterPattern().Match(message);
        if (name.Success)
        {
            return $"The parameter '{name.Groups["name"].Value}' is missing or not what it should be.";
        }

        return message.StartsWith("Unexpected end", StringComparison.Ordinal)
            ? "The body ends before its Content-Length."
            : "The request cannot be read.";
    }

    [GeneratedRegex("missing required properties including: (?<names>.*)$", RegexOptions.CultureInvariant)]
    private static partial Regex MissingPattern();

    [GeneratedRegex("'(?<name>[^']+)'", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    [GeneratedRegex("parameter \"[^\"]*? ?(?<name>[A-Za-z_]+)\"", RegexOptions.CultureInvariant)]
    private static partial Regex ParameterPattern();
}
