using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text.Json;

namespace Octomil.Storage.Backups;

/// <summary>Backs a data folder up while a server uses it: a tar of the database, the weights, and a manifest of their SHA-256.</summary>
public static class DataBackup
{
    /// <summary>Writes the backup; the file is its owner's only, and appears when it is complete.</summary>
    /// <returns>How many bytes it has.</returns>
    /// <exception cref="BackupException">It cannot be made.</exception>
    public static async Task<long> WriteAsync(string dataFolder, string file, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(dataFolder, "octomil.db")))
        {
            throw new BackupException($"{dataFolder} is no data folder: there is no octomil.db in it. Set OCTOMIL_DATA to the server's.");
        }

        if (File.Exists(file))
        {
            throw new BackupException($"{file} exists. Give the backup a new name.");
        }

        var part = file + ".part";
        File.Delete(part);

        try
        {
            using var stage = BackupStage.Take(dataFolder);
            await WriteAsync(stage, part, clock, cancellationToken);
            File.Move(part, file);
            Disk.FlushFolder(Path.GetDirectoryName(Path.GetFullPath(file))!);
            return new FileInfo(file).Length;
        }
        finally
        {
            File.Delete(part);
        }
    }

    private static async Task WriteAsync(BackupStage stage, string part, TimeProvider clock, CancellationToken cancellationToken)
    {
        await using var output = Disk.CreateFile(part);
        await using var tar = new TarWriter(output, leaveOpen: true);
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal);

        foreach (var (name, source) in stage.Files)
        {
            await using var content = File.OpenRead(source);
            hashes[name] = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken));

            if (name.StartsWith("payloads/", StringComparison.Ordinal) && Path.GetFileName(name) != hashes[name])
            {
                throw new BackupException($"The weights {Path.GetFileName(name)} are damaged: their SHA-256 is {hashes[name]}. Restore them from an earlier backup, or delete the file.");
            }

            content.Position = 0;
            await tar.WriteEntryAsync(Entry(name, content), cancellationToken);
        }

        var manifest = new BackupManifest { Format = BackupManifest.Current, CreatedAt = clock.GetUtcNow(), Files = hashes };
        using var json = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(manifest));
        await tar.WriteEntryAsync(Entry(BackupManifest.Name, json), cancellationToken);
        await tar.DisposeAsync();
        output.Flush(flushToDisk: true);
    }

    private static PaxTarEntry Entry(string name, Stream content) =>
        new(TarEntryType.RegularFile, name) { DataStream = content, Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
}
