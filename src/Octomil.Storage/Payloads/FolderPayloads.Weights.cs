using Octomil.Training;

namespace Octomil.Storage.Payloads;

/// <summary>Weights: named by their content.</summary>
internal sealed partial class FolderPayloads
{
    private const int BufferBytes = 1 << 16;

    public Task<WeightsRef> SaveWeightsAsync(string? runId, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken) =>
        Task.Run(() => SaveAsync(Temporary(), runId, write, cancellationToken), cancellationToken);

    public Task<Stream> OpenWeightsAsync(WeightsRef weights, CancellationToken cancellationToken) =>
        Task.Run<Stream>(() => Open(weights), cancellationToken);

    private FileStream Open(WeightsRef weights)
    {
        // A run's weights may have been promoted and the run be gone.
        var stream = Find(_paths.Weights(weights)) ?? Find(_paths.Weights(weights.Sha256, runId: null))
            ?? throw new PayloadMissingException($"There are no weights {weights.Sha256}.");

        if (stream.Length == weights.Bytes)
        {
            return stream;
        }

        stream.Dispose();
        throw Damaged(weights);
    }

    public Task<WeightsRef> PromoteWeightsAsync(WeightsRef weights, CancellationToken cancellationToken) => weights.RunId is null
        ? Task.FromResult(weights)
        : Task.Run(() => PromoteAsync(weights, cancellationToken), cancellationToken);

    public Task DeleteRunWeightsAsync(WeightsRef weights, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(weights.RunId);
        return DeleteFileAsync(_paths.Weights(weights), cancellationToken);
    }

    public Task DeleteRunAsync(string runId, CancellationToken cancellationToken) => DeleteFolderAsync(_paths.Run(runId), cancellationToken);

    // What the caller's own function throws passes unchanged: it may be its network that failed, and not this disk.
    private async Task<WeightsRef> SaveAsync(
        string temporary, string? runId, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        try
        {
            await using var hashing = new HashingStream(OnDisk(() => Disk.CreateFile(temporary)), Unavailable);
            await write(hashing, cancellationToken);

            return OnDisk(() =>
            {
                var weights = new WeightsRef { Sha256 = hashing.Finish(), Bytes = hashing.Written, RunId = runId };
                MoveIntoPlace(temporary, _paths.Weights(weights));
                return weights;
            });
        }
        finally
        {
            Discard(temporary);
        }
    }

    private async Task<WeightsRef> PromoteAsync(WeightsRef weights, CancellationToken cancellationToken)
    {
        var kept = weights with { RunId = null };

        if (new FileInfo(_paths.Weights(kept)) is { Exists: true } known && known.Length == weights.Bytes && Renew(kept))
        {
            return kept;
        }

        await using var from = Open(weights);
        var temporary = Temporary();

        try
        {
            await using var copy = new HashingStream(OnDisk(() => Disk.CreateFile(temporary)), Unavailable);
            await from.CopyToAsync(copy, BufferBytes, cancellationToken);

            return OnDisk(() =>
            {
                // Before it gets its name: a version must never hold other weights than the run made.
                if (copy.Finish() != weights.Sha256)
                {
                    throw Damaged(weights);
                }

                MoveIntoPlace(temporary, _paths.Weights(kept));
                return kept;
            });
        }
        finally
        {
            Discard(temporary);
        }
    }

    private FileStream? Find(string path) => OnDisk(() =>
    {
        try
        {
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.Read,
                Share = FileShare.Read | FileShare.Delete,
                Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
                BufferSize = BufferBytes,
            });
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    });

    private static PayloadDamagedException Damaged(WeightsRef weights) =>
        new($"The stored weights {weights.Sha256} are not the bytes that were stored.");
}
