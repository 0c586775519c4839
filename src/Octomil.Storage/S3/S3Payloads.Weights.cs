using Octomil.Training;

namespace Octomil.Storage.S3;

/// <summary>Weights: written to local disk first, for their name is the hash of the whole; read through the cache.</summary>
internal sealed partial class S3Payloads
{
    public Task<WeightsRef> SaveWeightsAsync(string? runId, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken) =>
        Task.Run(() => SaveAsync(runId, write, cancellationToken), cancellationToken);

    public Task<Stream> OpenWeightsAsync(WeightsRef weights, CancellationToken cancellationToken) =>
        Task.Run<Stream>(async () => await OpenAsync(weights, cancellationToken), cancellationToken);

    public Task<WeightsRef> PromoteWeightsAsync(WeightsRef weights, CancellationToken cancellationToken) => weights.RunId is null
        ? Task.FromResult(weights)
        : Task.Run(() => PromoteAsync(weights, cancellationToken), cancellationToken);

    public Task DeleteRunWeightsAsync(WeightsRef weights, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(weights.RunId);
        return Task.Run(() => DeleteAsync(weights, cancellationToken), cancellationToken);
    }

    public Task DeleteRunAsync(string runId, CancellationToken cancellationToken) => Task.Run(
        async () =>
        {
            await foreach (var weights in ListRunWeightsAsync(runId, cancellationToken))
            {
                await DeleteAsync(weights.Weights, cancellationToken);
            }
        },
        cancellationToken);

    public IAsyncEnumerable<StoredWeights> ListWeightsAsync(CancellationToken cancellationToken) =>
        bucket.ListAsync(Name(_names.Weights()) + "/", cancellationToken).Select(item => Stored(item, runId: null));

    public IAsyncEnumerable<string> ListRunsAsync(CancellationToken cancellationToken) =>
        bucket.ListFoldersAsync(Name(_names.Runs) + "/", cancellationToken);

    public IAsyncEnumerable<StoredWeights> ListRunWeightsAsync(string runId, CancellationToken cancellationToken) =>
        bucket.ListAsync(Name(_names.Run(runId)) + "/", cancellationToken).Select(item => Stored(item, runId));

    public Task<PayloadBytes> MeasureAsync(CancellationToken cancellationToken) => Task.Run(
        async () => new PayloadBytes(
            await BytesBelowAsync(_names.Weights(), cancellationToken) + await BytesBelowAsync(_names.Runs, cancellationToken),
            await BytesBelowAsync(_names.Rounds, cancellationToken)),
        cancellationToken);

    public Task<bool> RenewWeightsAsync(WeightsRef weights, CancellationToken cancellationToken) => Task.Run(
        async () => await bucket.RenewAsync(Key(weights), cancellationToken) is not null, cancellationToken);

    public Task<bool> CollectWeightsAsync(WeightsRef weights, DateTimeOffset storedBefore, CancellationToken cancellationToken) => Task.Run(
        async () =>
        {
            if (await bucket.FindAsync(Key(weights), cancellationToken) is not { } found || found.StoredAt >= storedBefore)
            {
                return false;
            }

            await DeleteAsync(weights, cancellationToken);
            return true;
        },
        cancellationToken);

    public Task RemoveLeftoversAsync(DateTimeOffset begunBefore, CancellationToken cancellationToken) => Task.Run(
        async () =>
        {
            cache.RemoveUnused(begunBefore);
            await folder.RemoveLeftoversAsync(begunBefore, cancellationToken);
            await bucket.AbortUploadsAsync(begunBefore, cancellationToken);
        },
        cancellationToken);

    private ValueTask<long> BytesBelowAsync(string folder, CancellationToken cancellationToken) =>
        bucket.ListAsync(Name(folder) + "/", cancellationToken).AggregateAsync(0L, (sum, item) => sum + item.Bytes, cancellationToken);

    private static string Key(WeightsRef weights) => Name(_names.Weights(weights));

    private static StoredWeights Stored(S3Item item, string? runId) =>
        new(new WeightsRef { Sha256 = item.Key[(item.Key.LastIndexOf('/') + 1)..], Bytes = item.Bytes, RunId = runId }, item.StoredAt);

    private async Task<WeightsRef> SaveAsync(string? runId, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        // What is no id is refused before anything is written.
        _ = runId is null ? null : _names.Run(runId);
        var temporary = cache.Temporary();

        try
        {
            await using var hashing = cache.Create(temporary);
            await write(hashing, cancellationToken);
            var weights = cache.OnDisk(() => new WeightsRef { Sha256 = hashing.Finish(durable: false), Bytes = hashing.Written, RunId = runId });
            await bucket.PutAsync(Key(weights), temporary, cancellationToken);
            cache.Add(temporary, weights);
            return weights;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private async Task<FileStream> OpenAsync(WeightsRef weights, CancellationToken cancellationToken) =>
        await cache.OpenAsync(weights, (output, token) => FetchAsync(weights, output, token), cancellationToken);

    private async Task FetchAsync(WeightsRef weights, Stream output, CancellationToken cancellationToken)
    {
        try
        {
            await bucket.CopyToAsync(Key(weights), weights.Bytes, output, cancellationToken);
        }
        catch (PayloadMissingException) when (weights.RunId is not null)
        {
            // A run's weights may have been promoted and the run be gone.
            await FetchAsync(weights with { RunId = null }, output, cancellationToken);
        }
        catch (PayloadMissingException exception)
        {
            throw new PayloadMissingException($"There are no weights {weights.Sha256}.", exception);
        }
    }

    // From the checked copy: a version must never hold other weights than the run made.
    private async Task<WeightsRef> PromoteAsync(WeightsRef weights, CancellationToken cancellationToken)
    {
        var kept = weights with { RunId = null };

        if (await bucket.FindAsync(Key(kept), cancellationToken) is { } known && known.Bytes == weights.Bytes
            && await bucket.RenewAsync(Key(kept), cancellationToken) is not null)
        {
            return kept;
        }

        await using var file = await OpenAsync(weights, cancellationToken);
        await bucket.PutAsync(Key(kept), file.Name, cancellationToken);
        return kept;
    }

    private async Task DeleteAsync(WeightsRef weights, CancellationToken cancellationToken)
    {
        cache.Drop(weights.Sha256);
        await bucket.DeleteAsync(Key(weights), cancellationToken);
    }
}
