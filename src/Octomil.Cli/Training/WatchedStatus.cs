using System.Text.Json;

namespace Octomil.Training;

/// <summary>A status of a watched run, and the JSON it came as.</summary>
internal sealed record WatchedStatus(TrainingStatusResponse Status, string Json)
{
    /// <summary>The JSON on one line, whatever the service's layout.</summary>
    public string JsonLine => Json.AsSpan().ContainsAny('\n', '\r') ? JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(Json)) : Json;
}
