namespace Octomil.Training;

/// <summary>
/// The folds of this silo, one for each open round. Silo-local objects, not grains: the bytes of an update never leave the silo on
/// which they land.
/// </summary>
public interface IRoundFolds
{
    /// <summary>
    /// The fold for devices that the round gave its base to: the round's own or, in an asynchronous run, that of the round that is open
    /// now. Null where nothing takes their updates.
    /// </summary>
    ValueTask<IRoundFold?> FindAsync(string roundId, CancellationToken cancellationToken);

    /// <summary>
    /// The answer to an update that needs no body and no fold: whether it is counted, in whatever round, and if not, why it is not taken.
    /// </summary>
    Task<SubmitUpdateResult> GetAnswerAsync(string roundId, string deviceId);
}

/// <summary>The sums of one round on one silo, and the way in for updates.</summary>
public interface IRoundFold
{
    RoundPlan Plan { get; }

    /// <summary>The JSON header of the base weights' safetensors file: names, shapes and types that an update must have.</summary>
    ReadOnlyMemory<byte> BaseHeader { get; }

    /// <summary>True where the organization's devices are refused since its membership ended in mid-round.</summary>
    bool IsExcluded(string organizationId);

    /// <summary>
    /// Before a body is read: may this device's update come in? Waits for an update of the same device that is being committed,
    /// and has its answer.
    /// </summary>
    /// <returns><see cref="SubmitUpdateResult.None"/> to go on, or the answer.</returns>
    ValueTask<SubmitUpdateResult> AdmitAsync(string deviceId, CancellationToken cancellationToken);

    /// <summary>
    /// A buffer for an update of an admitted device, of the model's parameter count; null where none becomes free for its organization
    /// within a short wait.
    /// </summary>
    ValueTask<IUpdateBuffer?> RentBufferAsync(string deviceId, CancellationToken cancellationToken);

    /// <summary>
    /// Folds the update and answers once it is durable and counted (or refused). The fold owns the buffer from here on.
    /// </summary>
    Task<SubmitUpdateResult> SubmitAsync(string deviceId, IUpdateBuffer buffer, UpdateSummary summary, CancellationToken cancellationToken);
}

/// <summary>A pooled buffer for the trained parameters of one update, in the model's order. Disposing returns it.</summary>
public interface IUpdateBuffer : IDisposable
{
    Memory<float> Values { get; }
}

/// <summary>What came with an update beside its numbers.</summary>
public sealed record UpdateSummary
{
    /// <summary>True: the values are full weights and are measured against the round's base; false: they are the difference.</summary>
    public required bool FullWeights { get; init; }
    public required long SampleCount { get; init; }
    public long Steps { get; init; }
    public double? Loss { get; init; }
    public long EvaluationCount { get; init; }
    public double? EvaluationLoss { get; init; }
    public double? EvaluationAccuracy { get; init; }

    /// <summary>Sum of the squares of the values; measured, not sent.</summary>
    public double SumOfSquares { get; init; }

    /// <summary>In a private round: the update was within the clip. Measured, not sent.</summary>
    public bool WithinClip { get; init; }
}
