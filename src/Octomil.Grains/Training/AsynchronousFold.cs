namespace Octomil.Training;

/// <summary>
/// The way into an asynchronous run for devices that train from one round's base: an update goes into the round that is open when it
/// has arrived. Where that round closes first, the update waits for the next one, and is not received again.
/// </summary>
internal sealed class AsynchronousFold(RoundFold fold, string baseRound, RoundFolds folds) : IRoundFold
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    public RoundPlan Plan => fold.Plan;

    public ReadOnlyMemory<byte> BaseHeader => fold.BaseHeader;

    public bool IsExcluded(string organizationId) => fold.IsExcluded(organizationId);

    public async ValueTask<SubmitUpdateResult> AdmitAsync(string deviceId, CancellationToken cancellationToken)
    {
        var answer = await fold.AdmitAsync(deviceId, baseRound, cancellationToken);
        return answer is SubmitUpdateResult.NotSelected or SubmitUpdateResult.RoundNotOpen ? await ElsewhereAsync(deviceId) : answer;
    }

    public ValueTask<IUpdateBuffer?> RentBufferAsync(string deviceId, CancellationToken cancellationToken) =>
        fold.RentBufferAsync(deviceId, cancellationToken);

    public async Task<SubmitUpdateResult> SubmitAsync(
        string deviceId, IUpdateBuffer buffer, UpdateSummary summary, CancellationToken cancellationToken)
    {
        var (current, started) = (fold, folds.Clock.GetTimestamp());

        while (true)
        {
            var result = await current.SubmitAsync(deviceId, buffer, summary, cancellationToken);

            if (result is not SubmitUpdateResult.RoundNotOpen)
            {
                return result;
            }

            // The buffer is ours again, with the difference to its own base in it.
            summary = summary with { FullWeights = false };
            RoundFold? next = null;

            try
            {
                (next, result) = await NextAsync(deviceId, current, started, cancellationToken);
            }
            finally
            {
                if (next is null)
                {
                    buffer.Dispose();
                }
            }

            if (next is null)
            {
                return result;
            }

            current = next;
        }
    }

    // The fold that takes it now, or the answer.
    private async Task<(RoundFold? Next, SubmitUpdateResult Answer)> NextAsync(
        string deviceId, RoundFold current, long started, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await folds.FindOpenAsync(baseRound, cancellationToken) is { } next && next != current)
            {
                var admitted = await next.AdmitAsync(deviceId, baseRound, cancellationToken);

                if (admitted is SubmitUpdateResult.None)
                {
                    return (next, admitted);
                }

                if (admitted is not (SubmitUpdateResult.RoundNotOpen or SubmitUpdateResult.NotSelected))
                {
                    return (null, admitted);
                }
            }

            var answer = await ElsewhereAsync(deviceId);

            if (answer is not SubmitUpdateResult.NotDurable || folds.Clock.GetElapsedTime(started) > folds.Patience)
            {
                return (null, answer);
            }

            await Task.Delay(LookAgain, folds.Clock, cancellationToken);
        }
    }

    // Somebody else may have counted it, or it may be too old. What would be taken by a round that is not open any more is sent again.
    private async Task<SubmitUpdateResult> ElsewhereAsync(string deviceId) =>
        await folds.GetAnswerAsync(baseRound, deviceId) is not SubmitUpdateResult.None and var answer ? answer : SubmitUpdateResult.NotDurable;
}
