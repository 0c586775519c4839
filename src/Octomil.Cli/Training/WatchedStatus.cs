namespace Octomil.Training;

/// <summary>A status of a watched run, and the JSON it came as.</summary>
internal sealed record WatchedStatus(TrainingStatusResponse Status, string Json)
{
    /// <summary>The JSON on one line, whatever the service's layout; the run's last one says so.</summary>
    public string JsonLine => WatchedJson.Line(Json, RunStatuses.IsTerminal(Status.Status));
}
