namespace Octomil.Training;

/// <summary>Shows nothing: <c>--wait</c> is told only how the run ended.</summary>
internal sealed class SilentRunView(CommandContext context) : IRunView, IRunObserver
{
    public Task<TrainingStatusResponse> ShowAsync(RunFeed feed, CancellationToken cancellationToken) => feed.FollowAsync(this, cancellationToken);

    public void Learned(WatchedStatus status)
    {
        if (context.Json && RunStatuses.IsTerminal(status.Status.Status))
        {
            context.Data(status.JsonLine);
        }
    }

    public void Lost(string why) => context.Note($"{why} Trying again.");
}
