using System.Collections.Immutable;

namespace Octomil.Training;

/// <summary>What a fold holds of its round: sums in buckets, or the list of the updates it stored. One task at a time.</summary>
internal interface IFoldContents : IDisposable
{
    /// <summary>Takes a batch in. After an exception the contents are of no use any more.</summary>
    Task AddAsync(IReadOnlyCollection<PendingUpdate> batch);

    /// <summary>The exact reverse of <see cref="AddAsync"/>.</summary>
    void Subtract(IReadOnlyCollection<PendingUpdate> batch);

    /// <summary>Writes every bucket that the batch is in, each under a fresh name.</summary>
    Task<ImmutableArray<BucketCheckpoint>> SaveAsync(IReadOnlyCollection<PendingUpdate> batch);

    /// <summary>Fills new contents with what a round has of the fold.</summary>
    Task LoadAsync(ImmutableArray<BucketCheckpoint> registered);

    /// <summary>Files that were written beside the checkpoints and that nothing needs once the next registration is confirmed.</summary>
    List<CheckpointRef> TakeLeftOver();
}
