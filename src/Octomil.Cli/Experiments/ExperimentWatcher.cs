namespace Octomil.Experiments;

/// <summary>Follows the results of an experiment: they are printed whenever they changed.</summary>
internal static class ExperimentWatcher
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    public static async Task<int> WatchAsync(CommandContext context, string experiment, CancellationToken cancellationToken)
    {
        var shown = "";
        while (true)
        {
            var answer = await context.Api.GetAsync<ExperimentAnalyticsResponse>(ExperimentPaths.Analytics(experiment), cancellationToken);
            var isOver = answer.Value.Status is ExperimentStatuses.Completed or ExperimentStatuses.Cancelled;
            var ends = isOver || answer.Value.Significant;
            var text = context.Json ? WatchedJson.Line(answer.Json, ends) : string.Join(Environment.NewLine, ExperimentText.Lines(answer.Value));
            if (text != shown)
            {
                context.Data(text);
                shown = text;
            }

            if (ends)
            {
                return answer.Value.Status is ExperimentStatuses.Cancelled ? ExitCodes.Refused : ExitCodes.Ok;
            }

            await Task.Delay(Pause, context.Environment.Time, cancellationToken);
        }
    }
}
