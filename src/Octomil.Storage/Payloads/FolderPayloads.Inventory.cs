using System.IO.Enumeration;
using Octomil.Training;

namespace Octomil.Storage.Payloads;

/// <summary>What is there. The time of a file is when it was stored or renewed last.</summary>
internal sealed partial class FolderPayloads
{
    public IAsyncEnumerable<StoredWeights> ListWeightsAsync(CancellationToken cancellationToken) =>
        EnumerateAsync(OnDisk(() => Directory.GetDirectories(_paths.Weights()).SelectMany(folder => ListFiles(folder, runId: null)).ToArray()), cancellationToken);

    public IAsyncEnumerable<string> ListRunsAsync(CancellationToken cancellationToken) => ListAsync(_paths.Runs, cancellationToken);

    public IAsyncEnumerable<StoredWeights> ListRunWeightsAsync(string runId, CancellationToken cancellationToken) =>
        EnumerateAsync(OnDisk(() => ListFiles(_paths.Run(runId), runId).ToArray()), cancellationToken);

    public Task<PayloadBytes> MeasureAsync(CancellationToken cancellationToken) => Task.Run(
        () => OnDisk(() => new PayloadBytes(BytesBelow(_paths.Weights()) + BytesBelow(_paths.Runs), BytesBelow(_paths.Rounds))), cancellationToken);

    public Task<bool> RenewWeightsAsync(WeightsRef weights, CancellationToken cancellationToken) =>
        Task.Run(() => OnDisk(() => Renew(weights)), cancellationToken);

    public Task<bool> CollectWeightsAsync(WeightsRef weights, DateTimeOffset storedBefore, CancellationToken cancellationToken) => Task.Run(
        () => OnDisk(() =>
        {
            var file = new FileInfo(_paths.Weights(weights));

            // The same lock as renewing and storing: what is found old here is not made new before it is deleted.
            lock (_ages)
            {
                file.Refresh();

                if (!file.Exists || file.LastWriteTimeUtc >= storedBefore)
                {
                    return false;
                }

                file.Delete();
                return true;
            }
        }),
        cancellationToken);

    public Task RemoveLeftoversAsync(DateTimeOffset begunBefore, CancellationToken cancellationToken) => Task.Run(
        () => OnDisk(() =>
        {
            foreach (var file in new DirectoryInfo(_paths.Temporary).EnumerateFiles().Where(file => file.LastWriteTimeUtc < begunBefore))
            {
                file.Delete();
            }
        }),
        cancellationToken);

    // Files come and go meanwhile, folders too.
    private static long BytesBelow(string folder) => new FileSystemEnumerable<long>(
        folder, (ref FileSystemEntry file) => file.Length, new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true })
    {
        ShouldIncludePredicate = (ref FileSystemEntry file) => !file.IsDirectory,
    }.Sum();

    private bool Renew(WeightsRef weights)
    {
        lock (_ages)
        {
            var path = _paths.Weights(weights);

            if (!File.Exists(path))
            {
                return false;
            }

            File.SetLastWriteTimeUtc(path, clock.GetUtcNow().UtcDateTime);
            return true;
        }
    }

    private static StoredWeights[] ListFiles(string folder, string? runId)
    {
        try
        {
            return [.. new DirectoryInfo(folder).GetFiles().Select(file => new StoredWeights(
                new WeightsRef { Sha256 = file.Name, Bytes = file.Length, RunId = runId }, new DateTimeOffset(file.LastWriteTimeUtc)))];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }
}
