using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Octomil.Storage.Payloads;
using Octomil.Training;

namespace Octomil.Storage.S3;

/// <summary>
/// Weights from the bucket, on local disk: fetched once, compared with their SHA-256, then read like any file, by range too. All
/// devices of a round ask for the same weights, and a part of a file cannot be compared with the hash of the whole.
/// </summary>
internal sealed class WeightsCache(DataFolder folder, IOptions<S3Options> options, TimeProvider clock)
{
    private const int BufferBytes = 1 << 16;

    private readonly ConcurrentDictionary<string, Lazy<Task>> _fetches = new(StringComparer.Ordinal);
    private readonly string _root = Path.GetFullPath(options.Value.CacheFolder is { Length: > 0 } path ? path : Path.Combine(folder.Root, "cache"));

    private string TemporaryFolder => Path.Combine(_root, "tmp");

    public void Open() => OnDisk(() =>
    {
        Disk.CreateFolder(_root);
        Disk.CreateFolder(TemporaryFolder);
        return true;
    });

    /// <summary>A name for a file that is to be uploaded, or becomes an entry.</summary>
    public string Temporary() => Path.Combine(TemporaryFolder, RandomNumberGenerator.GetHexString(32, lowercase: true));

    /// <summary>A new file under such a name; hashes what is written.</summary>
    public HashingStream Create(string temporary) => new(OnDisk(() => Disk.CreateFile(temporary)), Unavailable);

    /// <summary>The weights; <paramref name="fetch"/> writes them where they are not here. Callers at the same time share one fetch.</summary>
    /// <exception cref="PayloadDamagedException">What was fetched is not what was stored.</exception>
    public async Task<FileStream> OpenAsync(WeightsRef weights, Func<Stream, CancellationToken, Task> fetch, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (Find(weights) is { } found)
            {
                return found;
            }

            // Not the caller's own cancellation: others may wait for it.
            var fetching = _fetches.GetOrAdd(weights.Sha256, _ => new Lazy<Task>(() => Task.Run(() => FetchAsync(weights, fetch), CancellationToken.None)));

            try
            {
                await fetching.Value.WaitAsync(cancellationToken);
            }
            finally
            {
                if (fetching.Value.IsCompleted)
                {
                    _fetches.TryRemove(KeyValuePair.Create(weights.Sha256, fetching));
                }
            }
        }
    }

    /// <summary>Takes a file whose content is known to be these weights.</summary>
    public void Add(string temporary, WeightsRef weights) => OnDisk(() =>
    {
        File.Move(temporary, PathOf(weights), overwrite: true);
        Trim(Path.GetFileName(PathOf(weights)));
        return true;
    });

    public void Drop(string sha256) => OnDisk(() =>
    {
        File.Delete(Path.Combine(_root, sha256));
        return true;
    });

    /// <summary>Removes files that a crash left, and entries that nobody has read since.</summary>
    public void RemoveUnused(DateTimeOffset before) => OnDisk(() =>
    {
        foreach (var file in new DirectoryInfo(TemporaryFolder).EnumerateFiles().Where(file => file.LastWriteTimeUtc < before))
        {
            file.Delete();
        }

        foreach (var file in Entries().Where(file => file.LastWriteTimeUtc < before))
        {
            file.Delete();
        }

        return true;
    });

    public T OnDisk<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (Disk.IsTrouble(exception))
        {
            throw Unavailable(exception);
        }
    }

    private async Task FetchAsync(WeightsRef weights, Func<Stream, CancellationToken, Task> fetch)
    {
        var temporary = Temporary();

        try
        {
            await using var copy = Create(temporary);
            await fetch(copy, CancellationToken.None);

            if (copy.Finish(durable: false) != weights.Sha256)
            {
                throw new PayloadDamagedException($"The stored weights {weights.Sha256} are not the bytes that were stored.");
            }

            Add(temporary, weights);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private FileStream? Find(WeightsRef weights) => OnDisk(() =>
    {
        try
        {
            var stream = new FileStream(PathOf(weights), new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.Read,
                Share = FileShare.ReadWrite | FileShare.Delete,
                Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
                BufferSize = BufferBytes,
            });

            if (stream.Length == weights.Bytes)
            {
                File.SetLastWriteTimeUtc(stream.SafeFileHandle, clock.GetUtcNow().UtcDateTime);
                return stream;
            }

            stream.Dispose();
            return null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    });

    // The newest stays, whatever its size: somebody waits for it.
    private void Trim(string newest)
    {
        var total = 0L;

        foreach (var file in Entries().OrderByDescending(file => file.Name == newest).ThenByDescending(file => file.LastWriteTimeUtc))
        {
            total += file.Length;

            if (total > options.Value.CacheBytes && file.Name != newest)
            {
                file.Delete();
            }
        }
    }

    private FileInfo[] Entries() => new DirectoryInfo(_root).GetFiles();

    private string PathOf(WeightsRef weights) => Path.Combine(_root, weights.Sha256);

    public StorageUnavailableException Unavailable(Exception exception) => Disk.Unavailable(exception, _root);
}
