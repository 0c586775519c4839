namespace Octomil.Training;

/// <summary>Answers that are small enough to be asked for again after a crash: statistics of inputs, metrics of the final weights.</summary>
internal sealed partial class RoundGrain
{
    private const int FewestRows = 10;

    public Task<SubmitUpdateResult> SubmitStatisticsAsync(string deviceId, DeviceStatistics statistics) =>
        Task.FromResult(Submit(deviceId, RoundKind.Statistics, (answers, device) =>
        {
            if (!RunScaling.IsValid(statistics))
            {
                return SubmitUpdateResult.InvalidStatistics;
            }

            // The device has answered all the same: nobody waits for it.
            answers.Add(device, statistics.Rows < FewestRows ? null : statistics);
            return statistics.Rows < FewestRows ? SubmitUpdateResult.TooFewRows : SubmitUpdateResult.Accepted;
        }));

    public Task<SubmitUpdateResult> SubmitEvaluationAsync(string deviceId, DeviceEvaluation evaluation) =>
        Task.FromResult(Submit(deviceId, RoundKind.Evaluate, (answers, device) =>
        {
            answers.Add(device, evaluation);
            return SubmitUpdateResult.Accepted;
        }));

    private SubmitUpdateResult Submit(string deviceId, RoundKind kind, Func<VolatileAnswers, int, SubmitUpdateResult> take)
    {
        if (plan.State.Plan is null)
        {
            return SubmitUpdateResult.RoundNotOpen;
        }

        var device = Plan.IndexOf(deviceId);

        if (device < 0)
        {
            return SubmitUpdateResult.NotSelected;
        }

        if (Plan.Kind != kind)
        {
            return SubmitUpdateResult.WrongKind;
        }

        if (store.State.IsExcluded(device, Plan))
        {
            return SubmitUpdateResult.OrganizationSuspended;
        }

        if (_answers?.Has(device) is true)
        {
            return SubmitUpdateResult.CountedBefore;
        }

        if (store.State.Phase is not RoundPhase.Open)
        {
            return SubmitUpdateResult.RoundNotOpen;
        }

        var result = take(_answers ??= new VolatileAnswers(), device);
        Progressed();
        return result;
    }
}
