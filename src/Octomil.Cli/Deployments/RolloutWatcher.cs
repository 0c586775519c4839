namespace Octomil.Deployments;

/// <summary>
/// Follows a model's newest rollout, with a line whenever something changed or, for <c>--wait</c>, with the last one alone. Which devices a
/// percentage chooses is told to nobody, so a part is waited for until the first of them has reported.
/// </summary>
internal static class RolloutWatcher
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static Task<int> WatchAsync(CommandContext context, string model, CancellationToken cancellationToken) =>
        FollowAsync(context, model, shows: true, IsOver, cancellationToken);

    public static Task<int> WaitAsync(CommandContext context, string model, CancellationToken cancellationToken) =>
        FollowAsync(context, model, shows: false, rollout => IsOver(rollout) || (rollout.RolloutPercentage < 100 && rollout.Progress.Active + rollout.Progress.Failed > 0), cancellationToken);

    private static async Task<int> FollowAsync(CommandContext context, string model, bool shows, Func<RolloutResponse, bool> isOver, CancellationToken cancellationToken)
    {
        var shown = "";
        while (true)
        {
            var list = await context.Api.GetAsync<IReadOnlyList<RolloutResponse>>(RolloutPaths.All(model), cancellationToken);
            if (list.Value is not [var newest, ..])
            {
                throw new CommandFailureException(ExitCodes.Refused, $"Nothing of {Printable.Text(model)} was deployed.", null);
            }

            var answer = await context.Api.GetAsync<RolloutResponse>(RolloutPaths.One(model, newest.Id), cancellationToken);
            var ends = isOver(answer.Value);
            var text = context.Json ? WatchedJson.Line(answer.Json, ends) : string.Join("    ", RolloutText.Lines(answer.Value));
            if (text != shown && (shows || ends))
            {
                context.Data(text);
                shown = text;
            }

            if (ends)
            {
                return answer.Value is { Status: RolloutStatuses.RolledBack } or { IsRollback: true, Automatic: true } ? ExitCodes.Refused : ExitCodes.Ok;
            }

            await Task.Delay(Pause, context.Environment.Time, cancellationToken);
        }
    }

    // Devices that are not there may come next year, and those of an experiment when it ends: who failed and who runs it are all that can be
    // waited for.
    private static bool IsOver(RolloutResponse rollout) => rollout.Status switch
    {
        RolloutStatuses.RolledBack => true,
        RolloutStatuses.Completed => rollout.Experiment is not null
            || (rollout.Progress.Devices > 0 && rollout.Progress.Active + rollout.Progress.Failed >= rollout.Progress.Devices),
        _ => false,
    };
}
