namespace Octomil.Training;

/// <summary>A round that takes nothing more: it only knows whose update was counted.</summary>
internal sealed class ClosedRoundFold(FoldTerms terms) : IRoundFold
{
    public RoundPlan Plan => terms.Plan;

    public ReadOnlyMemory<byte> BaseHeader => default;

    public ValueTask<SubmitUpdateResult> AdmitAsync(string deviceId, CancellationToken cancellationToken)
    {
        var device = Plan.Devices.IndexOf(deviceId);
        var answer = device < 0 ? SubmitUpdateResult.NotSelected
            : Plan.Kind is not RoundKind.Train ? SubmitUpdateResult.WrongKind
            : terms.Counted.Contains(device) ? SubmitUpdateResult.CountedBefore
            : SubmitUpdateResult.RoundNotOpen;
        return ValueTask.FromResult(answer);
    }

    public ValueTask<IUpdateBuffer?> RentBufferAsync(CancellationToken cancellationToken) => throw Closed();

    public Task<SubmitUpdateResult> SubmitAsync(
        string deviceId, IUpdateBuffer buffer, UpdateSummary summary, CancellationToken cancellationToken) => throw Closed();

    private InvalidOperationException Closed() => new($"Round {Plan.RoundId} is closed: nothing is admitted, so nothing may be sent.");
}
