using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Octomil.Training;

namespace Octomil.Storage.Payloads;

/// <summary>Payloads as files of the data folder. Checkpoints are in <c>FolderPayloads.Checkpoints.cs</c>.</summary>
internal sealed partial class FolderPayloads(DataFolder folder) : IPayloadStore
{
    private const int BufferBytes = 1 << 16;
    private const int NameBytes = 16;

    private readonly PayloadPaths _paths = new(folder.PayloadsPath);

    /// <summary>Creates what is missing and removes what a crash left half-written.</summary>
    public void Open()
    {
        Directory.CreateDirectory(_paths.Runs);
        Directory.CreateDirectory(_paths.Rounds);
        Directory.CreateDirectory(_paths.Temporary);

        foreach (var file in Directory.EnumerateFiles(_paths.Temporary))
        {
            File.Delete(file);
        }
    }

    public async Task<WeightsRef> SaveWeightsAsync(
        string? runId, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        var temporary = Path.Combine(_paths.Temporary, RandomName());

        try
        {
            return await WriteWeightsAsync(temporary, runId, write, cancellationToken);
        }
        catch (Exception exception) when (IsOfDisk(exception))
        {
            throw Disk.Unavailable(exception, _paths.Root);
        }
        finally
        {
            DeleteIfThere(temporary);
        }
    }

    public Stream OpenWeights(WeightsRef weights)
    {
        // A run's weights may have been promoted and the run be gone.
        foreach (var path in (ReadOnlySpan<string>)[_paths.Weights(weights), _paths.Weights(weights.Sha256, runId: null)])
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
                // The next place.
            }
            catch (Exception exception) when (IsOfDisk(exception))
            {
                throw Disk.Unavailable(exception, _paths.Root);
            }
        }

        throw new PayloadMissingException($"There are no weights {weights.Sha256}.");
    }

    public async Task VerifyWeightsAsync(WeightsRef weights, CancellationToken cancellationToken)
    {
        await using var stream = OpenWeights(weights);
        var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));

        if (stream.Length != weights.Bytes || hash != weights.Sha256)
        {
            throw new PayloadDamagedException($"The stored weights {weights.Sha256} are not the bytes that were stored.");
        }
    }

    public Task<WeightsRef> PromoteWeightsAsync(WeightsRef weights, CancellationToken cancellationToken)
    {
        if (weights.RunId is null)
        {
            return Task.FromResult(weights);
        }

        // Off the caller's thread: a grain's turn must not wait for a disk.
        return Task.Run(() => Promote(weights), cancellationToken);
    }

    public Task DeleteRunWeightsAsync(WeightsRef weights, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(weights.RunId);
        return Task.Run(() => DeleteIfThere(_paths.Weights(weights)), cancellationToken);
    }

    public Task DeleteRunAsync(string runId, CancellationToken cancellationToken) => DeleteFolderAsync(_paths.Run(runId), cancellationToken);

    public IAsyncEnumerable<string> ListRunsAsync(CancellationToken cancellationToken) => ListAsync(_paths.Runs, cancellationToken);

    private async Task<WeightsRef> WriteWeightsAsync(
        string temporary, string? runId, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = FileOptions.Asynchronous, BufferSize = BufferBytes,
        });
        await using var hashing = new HashingStream(file);
        await write(hashing, cancellationToken);
        await file.FlushAsync(cancellationToken);
        await Task.Run(() => file.Flush(flushToDisk: true), cancellationToken);

        var weights = new WeightsRef { Sha256 = hashing.Sha256(), Bytes = hashing.Written, RunId = runId };
        var path = _paths.Weights(weights);
        EnsureFolder(Path.GetDirectoryName(path)!);
        File.Move(temporary, path, overwrite: true);
        Disk.FlushFolder(Path.GetDirectoryName(path)!);
        return weights;
    }

    private WeightsRef Promote(WeightsRef weights)
    {
        var kept = weights with { RunId = null };
        var path = _paths.Weights(kept);

        if (File.Exists(path))
        {
            return kept;
        }

        var temporary = Path.Combine(_paths.Temporary, RandomName());

        try
        {
            File.Copy(_paths.Weights(weights), temporary);

            using (var copy = new FileStream(temporary, FileMode.Open, FileAccess.ReadWrite))
            {
                copy.Flush(flushToDisk: true);
            }

            EnsureFolder(Path.GetDirectoryName(path)!);
            File.Move(temporary, path, overwrite: true);
            Disk.FlushFolder(Path.GetDirectoryName(path)!);
            return kept;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PayloadMissingException($"There are no weights {weights.Sha256}.", exception);
        }
        catch (Exception exception) when (IsOfDisk(exception))
        {
            throw Disk.Unavailable(exception, _paths.Root);
        }
        finally
        {
            DeleteIfThere(temporary);
        }
    }

    private static async IAsyncEnumerable<string> ListAsync(string path, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;

        foreach (var directory in Directory.EnumerateDirectories(path))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return Path.GetFileName(directory);
        }
    }

    private static Task DeleteFolderAsync(string path, CancellationToken cancellationToken) => Task.Run(() =>
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Deleting again is the same.
        }
    }, cancellationToken);

    private static void EnsureFolder(string path)
    {
        if (!Directory.Exists(path))
        {
            Directory.CreateDirectory(path);
            Disk.FlushFolder(Path.GetDirectoryName(path)!);
        }
    }

    private static void DeleteIfThere(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // Then it is not there.
        }
    }

    private static string RandomName() => RandomNumberGenerator.GetHexString(2 * NameBytes, lowercase: true);

    private static bool IsOfDisk(Exception exception) => exception is UnauthorizedAccessException
        || (exception is IOException and not (StorageUnavailableException or PayloadMissingException or PayloadDamagedException));
}
