using Octomil.Learning.Aggregation;

namespace Octomil.Training;

/// <summary>An update that was received and is not decided yet. Its buffer is kept until then, so that it can be taken out again.</summary>
internal sealed class PendingUpdate(int device, int organization, long weight, IUpdateBuffer buffer, UpdateSummary summary)
{
    private readonly TaskCompletionSource<SubmitUpdateResult> _decision = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public int Device { get; } = device;

    public int Organization { get; } = organization;

    public long Weight { get; } = weight;

    public UpdateSummary Summary { get; } = summary;

    public Task<SubmitUpdateResult> Decision => _decision.Task;

    public FoldInput Input => new(buffer.Values, Factor: 1, Weight);

    public void Decide(SubmitUpdateResult result)
    {
        buffer.Dispose();
        _decision.TrySetResult(result);
    }
}
