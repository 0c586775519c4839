namespace Octomil.Training;

/// <summary>One JSON object a line, for programs; only when something changed.</summary>
internal sealed class JsonRunView(CommandContext context) : IRunView, IRunObserver
{
    private string? _last;

    public Task<TrainingStatusResponse> ShowAsync(RunFeed feed, CancellationToken cancellationToken) => feed.FollowAsync(this, cancellationToken);

    public void Learned(WatchedStatus status)
    {
        var line = status.JsonLine;
        if (line != _last)
        {
            context.Data(line);
            context.Streams.Out.Flush();
            _last = line;
        }
    }

    public void Lost(string why) => context.Note($"{why} Trying again.");
}
