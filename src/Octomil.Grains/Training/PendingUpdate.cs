using Octomil.Learning.Aggregation;

namespace Octomil.Training;

/// <summary>An update that was received and is not decided yet. Its buffer is kept until then, so that it can be taken out again.</summary>
/// <param name="device">Its index in the plan.</param>
/// <param name="organization">Its organization's index in the plan.</param>
/// <param name="factor">What its values are multiplied with.</param>
/// <param name="weight">Its integer weight.</param>
/// <param name="buffer">Its values.</param>
/// <param name="summary">What came with it.</param>
/// <param name="returnsBuffer">A round that is not open any more gives the buffer back to whoever waits, who takes it to the next one.</param>
internal sealed class PendingUpdate(
    int device, int organization, double factor, long weight, IUpdateBuffer buffer, UpdateSummary summary, bool returnsBuffer)
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<SubmitUpdateResult> _decision = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isAwaited = true;

    public int Device { get; } = device;

    public int Organization { get; } = organization;

    public long Weight { get; } = weight;

    public UpdateSummary Summary { get; } = summary;

    /// <summary>What it adds beside its values, where the strategy adds such a number.</summary>
    public double Column { get; init; }

    /// <summary>Its length, where the strategy learns its bound from lengths.</summary>
    public double? Length { get; init; }

    public ReadOnlyMemory<float> Values => buffer.Values;

    public Task<SubmitUpdateResult> Decision => _decision.Task;

    public FoldInput Input => new(buffer.Values, factor, Weight);

    public void Decide(SubmitUpdateResult result)
    {
        lock (_gate)
        {
            if (!returnsBuffer || !_isAwaited || result is not SubmitUpdateResult.RoundNotOpen)
            {
                buffer.Dispose();
            }

            _decision.TrySetResult(result);
        }
    }

    /// <summary>Nobody waits any more: the buffer is not given back, also where it was meanwhile.</summary>
    public void GiveUp()
    {
        lock (_gate)
        {
            _isAwaited = false;

            if (_decision.Task.IsCompleted)
            {
                buffer.Dispose();
            }
        }
    }
}
