using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Octomil.Storage.Payloads;

/// <summary>
/// Payloads as files of the data folder. What has a name that says what it is (weights, keys) is written in <c>tmp</c>, flushed, and moved
/// there, so that whatever a crash leaves half-written of it is in <c>tmp</c>. Work runs on the pool, never on the caller's scheduler: that may be a grain's.
/// </summary>
internal sealed partial class FolderPayloads(DataFolder folder, TimeProvider clock) : IPayloadStore, IPayloadInventory, IPayloadLifecycle, IKeyHalves
{
    private const int NameBytes = 16;

    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromDays(1);

    private readonly PayloadPaths _paths = new(folder.PayloadsPath);

    private readonly Lock _ages = new();

    // Folders whose own name is flushed, which needs to be done once.
    private readonly ConcurrentDictionary<string, bool> _durable = new(StringComparer.Ordinal);

    /// <summary>Creates what is missing and removes what a crash left half-written.</summary>
    /// <exception cref="StorageUnavailableException">The folder cannot be used.</exception>
    public void Open() => OnDisk(() =>
    {
        foreach (var path in (ReadOnlySpan<string>)[_paths.Temporary, _paths.Runs, _paths.Rounds, _paths.Weights()])
        {
            Disk.CreateFolder(path);
        }

        Disk.FlushFolder(_paths.Root);

        foreach (var file in new DirectoryInfo(_paths.Temporary).EnumerateFiles().Where(IsAbandoned))
        {
            file.Delete();
        }
    });

    /// <summary>A small file that is written, flushed and deleted.</summary>
    /// <exception cref="StorageUnavailableException">The folder takes no files.</exception>
    public void Probe() => OnDisk(() =>
    {
        var path = Temporary();

        try
        {
            using var file = Disk.CreateFile(path);
            file.Write("probe"u8);
            file.Flush(flushToDisk: true);
        }
        finally
        {
            DeleteIfThere(path);
        }
    });

    // In a shared folder another server may be writing it.
    private bool IsAbandoned(FileInfo file) => !folder.IsShared || clock.GetUtcNow() - file.LastWriteTimeUtc > AbandonedAfter;

    Task IPayloadLifecycle.OpenAsync(CancellationToken cancellationToken)
    {
        Open();
        return Task.CompletedTask;
    }

    Task IPayloadLifecycle.ProbeAsync(CancellationToken cancellationToken)
    {
        Probe();
        return Task.CompletedTask;
    }

    private void OnDisk(Action action) => OnDisk(() =>
    {
        action();
        return true;
    });

    private T OnDisk<T>(Func<T> action)
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

    private StorageUnavailableException Unavailable(Exception exception) => Disk.Unavailable(exception, _paths.Root);

    // The file is flushed already; after this its name is too.
    private void MoveIntoPlace(string temporary, string path)
    {
        var parent = Path.GetDirectoryName(path)!;
        EnsureFolder(parent);

        lock (_ages)
        {
            File.Move(temporary, path, overwrite: true);
        }

        Disk.FlushFolder(parent);
    }

    private void EnsureFolder(string path)
    {
        if (_durable.ContainsKey(path) && Directory.Exists(path))
        {
            return;
        }

        // Also where another caller has just created it: that one may not have flushed its name yet.
        Disk.CreateFolder(path);
        Disk.FlushFolder(Path.GetDirectoryName(path)!);
        _durable[path] = true;
    }

    private IAsyncEnumerable<string> ListAsync(string path, CancellationToken cancellationToken) =>
        EnumerateAsync(OnDisk(() => Directory.GetDirectories(path).Select(folder => Path.GetFileName(folder)).ToArray()), cancellationToken);

    private static async IAsyncEnumerable<T> EnumerateAsync<T>(T[] items, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;

        foreach (var item in items)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return item;
        }
    }

    private Task DeleteFolderAsync(string path, CancellationToken cancellationToken) => Task.Run(() => OnDisk(() =>
    {
        _durable.TryRemove(path, out _);

        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Deleting again is the same.
        }
    }), cancellationToken);

    private Task DeleteFileAsync(string path, CancellationToken cancellationToken) => Task.Run(() => OnDisk(() => DeleteIfThere(path)), cancellationToken);

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

    private static void Discard(string temporary)
    {
        try
        {
            DeleteIfThere(temporary);
        }
        catch (Exception exception) when (Disk.IsTrouble(exception))
        {
            // The caller has to hear of what failed before; what stays behind goes at the next start.
        }
    }

    private string Temporary() => Path.Combine(_paths.Temporary, RandomName());

    private static string RandomName() => RandomNumberGenerator.GetHexString(2 * NameBytes, lowercase: true);
}
