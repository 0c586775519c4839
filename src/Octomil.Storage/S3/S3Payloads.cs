using Octomil.Storage.Payloads;

namespace Octomil.Storage.S3;

/// <summary>
/// Payloads as objects of a bucket, named as the folder names its files. The halves of round keys are not among them: a bucket may
/// keep versions, replicas and locks of what was overwritten or deleted in it, and a half has to be gone when it is erased. They stay
/// in the data folder, so what a bucket keeps of checkpoints opens nothing. Work runs on the pool, never on the caller's scheduler.
/// </summary>
internal sealed partial class S3Payloads(S3Bucket bucket, WeightsCache cache, FolderPayloads folder)
    : IPayloadStore, IPayloadInventory, IPayloadLifecycle
{
    private const int AtATime = 8;

    // Checks ids and names; a slash separates parts of an object's name on every system.
    private static readonly PayloadPaths _names = new("");

    /// <summary>A bucket that is not there or not ours ends the start; one that does not answer now shows in the health.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        folder.Open();
        cache.Open();

        try
        {
            await bucket.ProbeAsync(cancellationToken);
        }
        catch (StorageUnavailableException exception) when (!S3Errors.IsOfSettings(exception.InnerException!))
        {
        }
    }

    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        folder.Probe();
        await bucket.ProbeAsync(cancellationToken);
    }

    private static string Name(string path) => path.Replace(Path.DirectorySeparatorChar, '/');

    private async Task DeleteAllAsync(string start, CancellationToken cancellationToken)
    {
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(bucket.ListAsync(start, cancellationToken), parallel, async (item, token) => await bucket.DeleteAsync(item.Key, token));
    }
}
