using System.Text.Json;
using System.Text.RegularExpressions;

namespace Octomil.Api.Tests.Fixtures;

/// <summary>One operation of the OpenAPI document.</summary>
internal sealed partial record Operation(string Method, string Path, JsonElement Json)
{
    public static async Task<IReadOnlyList<Operation>> AllAsync(RunningServer server)
    {
        var document = (await server.Anonymous.GetAsync("/openapi/v1.json")).Ok();
        return [.. document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()
            .Select(operation => new Operation(operation.Name.ToUpperInvariant(), path.Name, operation.Value)))];
    }

    /// <summary>The path with one value, escaped already, for each of its parameters.</summary>
    public string PathWith(string value) => ParameterPattern().Replace(Path, value);

    [GeneratedRegex("{[^}]+}")]
    private static partial Regex ParameterPattern();
}
