using System.Security.Cryptography;

namespace Octomil.Storage.Payloads;

/// <summary>
/// Halves of round keys, each a file of its own, so that it can be overwritten where it lies. That reaches the blocks themselves on a
/// file system that writes in place (ext4, XFS); below it, what a copy-on-write file system or a flash disk keeps of overwritten
/// blocks is theirs.
/// </summary>
internal sealed partial class FolderPayloads
{
    // A whole block of chance, all of which goes into the key. A few bytes could be kept inside the file's inode, and with it be
    // copied into the file system's journal.
    private const int HalfBytes = 4096;

    private readonly Lock _naming = new();

    public Task<byte[]> TakeHalfAsync(string roundId, CancellationToken cancellationToken) =>
        Task.Run(() => OnDisk(() => TakeHalf(roundId)), cancellationToken);

    public Task<byte[]?> ReadHalfAsync(string roundId, CancellationToken cancellationToken) =>
        Task.Run(() => OnDisk(() => ReadHalf(_paths.Key(roundId))), cancellationToken);

    public Task EraseHalfAsync(string roundId, CancellationToken cancellationToken) =>
        Task.Run(() => OnDisk(() => EraseHalf(roundId)), cancellationToken);

    private byte[] TakeHalf(string roundId)
    {
        var path = _paths.Key(roundId);

        if (ReadHalf(path) is { } known)
        {
            // Whoever put it there may have crashed before its name was flushed.
            Disk.FlushFolder(_paths.Round(roundId));
            return known;
        }

        var temporary = Temporary();

        try
        {
            var half = RandomNumberGenerator.GetBytes(HalfBytes);

            using (var file = Disk.CreateFile(temporary))
            {
                file.Write(half);
                file.Flush(flushToDisk: true);
            }

            EnsureFolder(_paths.Round(roundId));
            var taken = Name(temporary, path, half);
            Disk.FlushFolder(_paths.Round(roundId));
            return taken;
        }
        finally
        {
            Discard(temporary);
        }
    }

    // Never replaces another's: a row may refer to it already. A lock decides where no other process has this folder; not every file
    // system has links.
    private byte[] Name(string temporary, string path, byte[] half)
    {
        lock (_naming)
        {
            if (ReadHalf(path) is { } known)
            {
                return known;
            }

            if (folder.IsShared)
            {
                return Disk.TryLink(temporary, path) ? half : TakenByAnother(path);
            }

            File.Move(temporary, path);
            return half;
        }
    }

    private static byte[] TakenByAnother(string path) =>
        ReadHalf(path) ?? throw new IOException($"{path} was taken and erased at the same moment.");

    private static byte[]? ReadHalf(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    // In this order: if it crashes, what is left is zeros, or a file of zeros, which opens nothing.
    private void EraseHalf(string roundId)
    {
        var path = _paths.Key(roundId);

        try
        {
            using var file = Disk.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            file.Write(new byte[Math.Max(HalfBytes, file.Length)]);
            file.Flush(flushToDisk: true);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return;
        }

        DeleteIfThere(path);
        FlushRound(roundId);
    }

    private void FlushRound(string roundId)
    {
        try
        {
            Disk.FlushFolder(_paths.Round(roundId));
        }
        catch (IOException) when (!Directory.Exists(_paths.Round(roundId)))
        {
            // The round was deleted at the same time.
        }
    }
}
