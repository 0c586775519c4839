using Octomil.Training;

namespace Octomil.Storage;

/// <summary>
/// What is stored, for the collection of what nothing refers to. The age of weights is their lease: storing, promoting and renewing
/// begin it anew. Every call may throw <see cref="StorageUnavailableException"/>.
/// </summary>
public interface IPayloadInventory
{
    /// <summary>Weights that are kept beyond a run.</summary>
    IAsyncEnumerable<StoredWeights> ListWeightsAsync(CancellationToken cancellationToken);

    /// <summary>Runs that have weights of their own.</summary>
    IAsyncEnumerable<string> ListRunsAsync(CancellationToken cancellationToken);

    /// <summary>The weights that are private to a run.</summary>
    IAsyncEnumerable<StoredWeights> ListRunWeightsAsync(string runId, CancellationToken cancellationToken);

    /// <summary>What all of them take up, weights and checkpoints.</summary>
    Task<PayloadBytes> MeasureAsync(CancellationToken cancellationToken);

    /// <summary>Makes weights as new as if they were stored now. False: they are not there.</summary>
    Task<bool> RenewWeightsAsync(WeightsRef weights, CancellationToken cancellationToken);

    /// <summary>Deletes weights that were stored, promoted or renewed last before <paramref name="storedBefore"/>. False: they are newer, or not there.</summary>
    Task<bool> CollectWeightsAsync(WeightsRef weights, DateTimeOffset storedBefore, CancellationToken cancellationToken);

    /// <summary>Removes what writing left behind before then: temporary files, parts of uploads, copies that nobody reads.</summary>
    Task RemoveLeftoversAsync(DateTimeOffset begunBefore, CancellationToken cancellationToken);
}

/// <summary>Weights in storage, and since when.</summary>
public sealed record StoredWeights(WeightsRef Weights, DateTimeOffset StoredAt);
