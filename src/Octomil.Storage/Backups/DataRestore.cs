using System.Formats.Tar;
using System.Text.Json;
using System.Text.RegularExpressions;
using Octomil.Storage.Payloads;

namespace Octomil.Storage.Backups;

/// <summary>
/// Puts a backup into a data folder that no server uses. Nothing there is touched before all of the backup has been read and compared
/// with its manifest. Rounds that were open have lost their keys and sums: their attempts are abandoned, and their runs try again.
/// </summary>
public static partial class DataRestore
{
    /// <summary>Where a backup is unpacked. A server does not start while it is there.</summary>
    internal const string Unfinished = "restoring";

    private static readonly string[] _replaced = ["payloads", "cache", "keys", "octomil.db-wal", "octomil.db-shm", "octomil.db"];

    /// <exception cref="BackupException">It cannot be restored; unless the message says otherwise nothing was changed.</exception>
    public static async Task RestoreAsync(string dataFolder, string file, bool force, CancellationToken cancellationToken)
    {
        if (!File.Exists(file))
        {
            throw new BackupException($"There is no backup {file}.");
        }

        Disk.CreateFolder(dataFolder);
        using var guard = TakeLock(dataFolder);

        if (!force && Directory.EnumerateFileSystemEntries(dataFolder).Any(entry => Path.GetFileName(entry) is not "server.lock" and not Unfinished))
        {
            throw new BackupException($"{dataFolder} is not empty. Restore into another folder, or replace what is there with --force.");
        }

        var unpacked = Path.Combine(dataFolder, Unfinished);
        DeleteAny(unpacked);
        Disk.CreateFolder(unpacked);

        try
        {
            await UnpackAsync(file, unpacked, cancellationToken);
        }
        catch
        {
            DeleteAny(unpacked);
            throw;
        }

        // From here on an interruption leaves the folder that keeps a server from starting; restoring again completes it.
        foreach (var name in _replaced)
        {
            DeleteAny(Path.Combine(dataFolder, name));
        }

        foreach (var entry in Directory.EnumerateFileSystemEntries(unpacked).ToList())
        {
            Directory.Move(entry, Path.Combine(dataFolder, Path.GetFileName(entry)));
        }

        Disk.FlushFolder(dataFolder);
        DeleteAny(unpacked);
        Disk.FlushFolder(dataFolder);
    }

    private static FileStream TakeLock(string dataFolder)
    {
        try
        {
            return Disk.Open(Path.Combine(dataFolder, "server.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException exception)
        {
            throw new BackupException($"A server uses {dataFolder}. Stop it first, or restore into another folder.", exception);
        }
    }

    private static async Task UnpackAsync(string file, string target, CancellationToken cancellationToken)
    {
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        BackupManifest? manifest = null;

        try
        {
            await using var input = File.OpenRead(file);
            await using var tar = new TarReader(input);

            while (await tar.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
            {
                if (entry.Name == BackupManifest.Name)
                {
                    manifest = await JsonSerializer.DeserializeAsync<BackupManifest>(entry.DataStream!, cancellationToken: cancellationToken);
                }
                else
                {
                    hashes[entry.Name] = await UnpackAsync(entry, target, cancellationToken);
                }
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException or JsonException or FormatException)
        {
            throw new BackupException($"{file} is no backup, or it was cut off or damaged ({exception.Message}).", exception);
        }

        if (manifest is null)
        {
            throw new BackupException($"{file} is no backup, or it was cut off: its manifest is missing.");
        }

        if (manifest.Format != BackupManifest.Current)
        {
            throw new BackupException($"{file} has format {manifest.Format}; this version reads {BackupManifest.Current}.");
        }

        if (manifest.Files.Keys.Concat(hashes.Keys).FirstOrDefault(name => manifest.Files.GetValueOrDefault(name) != hashes.GetValueOrDefault(name)) is { } damaged)
        {
            throw new BackupException($"{file} is damaged: {damaged} is not what was backed up.");
        }
    }

    private static async Task<string> UnpackAsync(TarEntry entry, string target, CancellationToken cancellationToken)
    {
        if (entry.EntryType is not TarEntryType.RegularFile || !Allowed().IsMatch(entry.Name))
        {
            throw new InvalidDataException("it holds an entry that no backup has");
        }

        var path = Path.Combine(target, entry.Name);
        CreateFolders(target, entry.Name);
        await using var output = new HashingStream(Disk.CreateFile(path), exception => Disk.Unavailable(exception, target));

        if (entry.DataStream is { } content)
        {
            await content.CopyToAsync(output, cancellationToken);
        }

        return output.Finish();
    }

    private static void CreateFolders(string target, string name)
    {
        foreach (var part in name.Split('/')[..^1])
        {
            target = Path.Combine(target, part);
            Disk.CreateFolder(target);
        }
    }

    private static void DeleteAny(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
        else
        {
            File.Delete(path);
        }
    }

    [GeneratedRegex("^(octomil\\.db|payloads/weights/[0-9a-f]{2}/[0-9a-f]{64}|payloads/runs/run_[0-9a-z]{1,64}/[0-9a-f]{64})\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Allowed();
}
