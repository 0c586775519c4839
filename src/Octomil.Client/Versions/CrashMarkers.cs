using System.Security.Cryptography;
using System.Text.Json;

namespace Octomil.Client.Versions;

/// <summary>
/// Which versions a process answers with, in files of the version folder. A file is locked while its process lives and deleted when that
/// ends in order, so one that can be locked was left by a process that died: a crash of that version. Both SDKs write the same files.
/// </summary>
/// <param name="versionFolder">Where the folder of the files is, or will be.</param>
internal sealed class CrashMarkers(string versionFolder)
{
    private const string Ending = ".json";
    private readonly string _folder = Path.Combine(Path.GetFullPath(versionFolder), "serving");

    /// <summary>A file that says so, until it is disposed. Null: the folder cannot be written, so that a crash would not be seen; no answer fails for it.</summary>
    public CrashMarker? TryBegin(string modelId, string version)
    {
        var (name, served) = (RandomNumberGenerator.GetHexString(32, lowercase: true), new ServedVersion(modelId, version));
        try
        {
            Directory.CreateDirectory(_folder);

            // The lock is taken before there is anything to read: an empty file is nobody's crash.
            var file = new FileStream(Path.Combine(_folder, name + Ending), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
            file.Write(JsonSerializer.SerializeToUtf8Bytes(served, ContractJson.Options));
            file.Flush();
            return new CrashMarker(file, name, served);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Files of processes that died, locked so that nobody else counts them; at most so many.</summary>
    public IReadOnlyList<CrashMarker> TakeLeft(int most)
    {
        var left = new List<CrashMarker>();
        foreach (var path in Directory.Exists(_folder) ? Directory.EnumerateFiles(_folder, "*" + Ending) : [])
        {
            if (left.Count < most && TryTake(path) is { } marker)
            {
                left.Add(marker);
            }
        }

        return left;
    }

    private static CrashMarker? TryTake(string path)
    {
        FileStream file;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Its process lives, or has ended in order just now.
            return null;
        }

        if (Read(file) is { } served)
        {
            return new CrashMarker(file, Path.GetFileNameWithoutExtension(path), served);
        }

        file.Dispose();
        return null;
    }

    private static ServedVersion? Read(FileStream file)
    {
        try
        {
            return JsonSerializer.Deserialize<ServedVersion>(file, ContractJson.Options);
        }
        catch (JsonException)
        {
            // It died while it wrote, or writes right now.
            return null;
        }
    }
}

/// <summary>A locked file that names a version.</summary>
internal sealed class CrashMarker(FileStream file, string name, ServedVersion served) : IDisposable
{
    /// <summary>Used once, so it names the batch that tells of the crash.</summary>
    public string Name => name;

    public ServedVersion Served => served;

    /// <summary>Nothing is to be told any more. Emptied first: between the lock's end and the file's, it is nobody's crash.</summary>
    public void Delete()
    {
        file.SetLength(0);
        Dispose();
        File.Delete(file.Name);
    }

    /// <summary>Leaves the file to whoever comes next.</summary>
    public void Dispose() => file.Dispose();
}

/// <summary>What a marker says.</summary>
internal sealed record ServedVersion(string ModelId, string Version);
