using System.Text.Json.Nodes;

namespace Octomil.Client.Tables;

/// <summary>An architecture made from a table.</summary>
/// <param name="Architecture">The architecture's JSON.</param>
/// <param name="Notes">What a person should look at: columns left out, and why.</param>
public sealed record InferredArchitecture(JsonObject Architecture, IReadOnlyList<string> Notes);
