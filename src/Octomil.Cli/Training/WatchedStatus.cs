using System.Text.Json.Nodes;

namespace Octomil.Training;

/// <summary>A status of a watched run, and the JSON it came as.</summary>
internal sealed record WatchedStatus(TrainingStatusResponse Status, string Json)
{
    /// <summary>The JSON on one line, whatever the service's layout; the run's last one says so.</summary>
    public string JsonLine
    {
        get
        {
            var node = JsonNode.Parse(Json)!.AsObject();
            if (RunStatuses.IsTerminal(Status.Status))
            {
                node["terminal"] = true;
            }

            return node.ToJsonString();
        }
    }
}
