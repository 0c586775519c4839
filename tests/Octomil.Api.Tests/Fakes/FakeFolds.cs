using System.Collections.Concurrent;
using Octomil.Training;

namespace Octomil.Fakes;

public sealed class FakeFolds : IRoundFolds
{
    private readonly ConcurrentDictionary<string, FakeFold> _folds = new(StringComparer.Ordinal);

    public FakeFold Put(FakeFold fold) => _folds[fold.Plan.RoundId] = fold;

    public ValueTask<IRoundFold?> FindAsync(string roundId, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IRoundFold?>(_folds.GetValueOrDefault(roundId));
}

public sealed class FakeFold(RoundPlan plan, byte[] baseHeader, int parameters) : IRoundFold
{
    private int _rented;
    private int _returned;

    public RoundPlan Plan { get; } = plan;

    public ReadOnlyMemory<byte> BaseHeader { get; } = baseHeader;

    public SubmitUpdateResult Admitted { get; set; } = SubmitUpdateResult.None;

    public SubmitUpdateResult Submitted { get; set; } = SubmitUpdateResult.Accepted;

    public bool IsFull { get; set; }

    public int Rented => _rented;

    public int Returned => _returned;

    public TaskCompletionSource AllReturned { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ConcurrentQueue<(string DeviceId, float[] Values, UpdateSummary Summary)> Updates { get; } = new();

    public ValueTask<SubmitUpdateResult> AdmitAsync(string deviceId, CancellationToken cancellationToken) => ValueTask.FromResult(Admitted);

    public ValueTask<IUpdateBuffer?> RentBufferAsync(CancellationToken cancellationToken)
    {
        if (IsFull)
        {
            return ValueTask.FromResult<IUpdateBuffer?>(null);
        }

        Interlocked.Increment(ref _rented);
        return ValueTask.FromResult<IUpdateBuffer?>(new Buffer(this, new float[parameters]));
    }

    public Task<SubmitUpdateResult> SubmitAsync(string deviceId, IUpdateBuffer buffer, UpdateSummary summary, CancellationToken cancellationToken)
    {
        Updates.Enqueue((deviceId, buffer.Values.ToArray(), summary));
        return Task.FromResult(Submitted);
    }

    private sealed class Buffer(FakeFold fold, Memory<float> values) : IUpdateBuffer
    {
        public Memory<float> Values { get; } = values;

        public void Dispose()
        {
            if (Interlocked.Increment(ref fold._returned) == fold._rented)
            {
                fold.AllReturned.TrySetResult();
            }
        }
    }
}

public sealed class FakeRound : IRoundGrain
{
    public RoundSnapshot? Snapshot { get; set; }

    public SubmitUpdateResult Answer { get; set; } = SubmitUpdateResult.RoundNotOpen;

    public DeviceStatistics? Statistics { get; private set; }

    public DeviceEvaluation? Evaluation { get; private set; }

    public Task<RoundSnapshot?> GetAsync() => Task.FromResult(Snapshot);

    public Task<SubmitUpdateResult> GetAnswerAsync(string deviceId) => Task.FromResult(Answer);

    public Task<SubmitUpdateResult> SubmitStatisticsAsync(string deviceId, DeviceStatistics statistics)
    {
        Statistics = statistics;
        return Task.FromResult(Answer);
    }

    public Task<SubmitUpdateResult> SubmitEvaluationAsync(string deviceId, DeviceEvaluation evaluation)
    {
        Evaluation = evaluation;
        return Task.FromResult(Answer);
    }

    public Task OpenAsync(RoundPlan plan) => throw new NotSupportedException();

    public Task ResumeAsync() => throw new NotSupportedException();

    public Task<FoldTerms?> GetFoldTermsAsync() => throw new NotSupportedException();

    public Task<RegisterResult> RegisterAsync(FoldRegistration registration) => throw new NotSupportedException();

    public Task<RoundAssignment?> GetAssignmentAsync(string deviceId) => throw new NotSupportedException();

    public Task<RoundOutcome?> GetOutcomeAsync() => throw new NotSupportedException();

    public Task AbandonAsync(string reason) => throw new NotSupportedException();

    public Task FinishAsync() => throw new NotSupportedException();
}
