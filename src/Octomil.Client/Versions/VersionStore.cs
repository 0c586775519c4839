using System.Text.RegularExpressions;
using Octomil.Devices;

namespace Octomil.Client.Versions;

/// <summary>
/// The versions that this device runs, in a folder: for each model the current file and the previous one. They are there without a
/// connection. Safe for concurrent use; another process may read the folder at the same time.
/// </summary>
public sealed partial class VersionStore
{
    private readonly Lock _gate = new();
    private readonly string _root;

    /// <param name="folder">Made where it is missing.</param>
    public VersionStore(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        _root = Path.GetFullPath(folder);
        Directory.CreateDirectory(_root);
    }

    /// <summary>The version of the model (by id or name) that runs here; null: none yet.</summary>
    /// <exception cref="InvalidDataException">The folder is damaged.</exception>
    public StoredVersion? GetCurrent(string model) => Find(model) is { } folder ? Stored(folder, folder.Current) : null;

    /// <summary>The version that ran before it.</summary>
    /// <exception cref="InvalidDataException">The folder is damaged.</exception>
    public StoredVersion? GetPrevious(string model) => Find(model) is { } folder ? Stored(folder, folder.Previous) : null;

    /// <summary>
    /// Goes back to the previous version, without the service. The version that was left is not taken up again until another one was
    /// assigned; the service is told that it failed here. Null: there is no previous version.
    /// </summary>
    /// <exception cref="InvalidDataException">The folder is damaged.</exception>
    public StoredVersion? RollBack(string model)
    {
        lock (_gate)
        {
            if (Find(model)?.RollBack() is not { } back)
            {
                return null;
            }

            back.Write(FolderOf(back.ModelId));
            return Stored(back, back.Current);
        }
    }

    /// <summary>
    /// Takes a version back that turned out not to run here, also where there is no previous one to go back to; the service is told that it
    /// failed. Nothing happens where another version runs meanwhile.
    /// </summary>
    /// <exception cref="InvalidDataException">The folder is damaged.</exception>
    public void Reject(StoredVersion version)
    {
        lock (_gate)
        {
            var path = FolderOf(version.ModelId);
            if (ModelFolder.Read(path) is { } folder && folder.Current == new VersionEntry(version.Version, version.Sha256))
            {
                folder.Reject().Write(path);
            }
        }
    }

    internal static bool IsSafe(AssignedVersion version) => ModelIdPattern().IsMatch(version.ModelId) && Sha256Pattern().IsMatch(version.Sha256);

    /// <summary>Whether the version was taken back on this device.</summary>
    internal bool IsRejected(AssignedVersion version) => ModelFolder.Read(FolderOf(version.ModelId))?.Rejected == new VersionEntry(version.Version, version.Sha256);

    /// <summary>Where a download is gathered; what is there already is its beginning.</summary>
    internal string PartOf(AssignedVersion version)
    {
        var folder = FolderOf(version.ModelId);
        Directory.CreateDirectory(folder);
        return Path.Combine(folder, version.Sha256 + ".part");
    }

    /// <summary>The file of a version that was verified, whether or not it runs; null: not here.</summary>
    internal StoredVersion? FindFile(AssignedVersion version)
    {
        var path = FileOf(version.ModelId, version.Sha256);
        return File.Exists(path) ? new StoredVersion(version.ModelId, version.Model, version.Version, version.Sha256, path) : null;
    }

    /// <summary>Takes a verified download over.</summary>
    internal StoredVersion Keep(AssignedVersion version)
    {
        var path = FileOf(version.ModelId, version.Sha256);
        File.Move(PartOf(version), path, overwrite: true);
        return new StoredVersion(version.ModelId, version.Model, version.Version, version.Sha256, path);
    }

    /// <summary>The version runs from now on; files of older ones than the previous go.</summary>
    internal void Activate(StoredVersion version)
    {
        lock (_gate)
        {
            var path = FolderOf(version.ModelId);
            var folder = (ModelFolder.Read(path) ?? new ModelFolder { ModelId = version.ModelId })
                .Activate(new VersionEntry(version.Version, version.Sha256), version.Model);
            folder.Write(path);
            string[] kept = [.. new[] { folder.Current, folder.Previous }.OfType<VersionEntry>().Select(entry => entry.Sha256)];
            foreach (var file in Directory.EnumerateFiles(path).Where(file => Sha256Pattern().IsMatch(Path.GetFileNameWithoutExtension(file))))
            {
                if (!kept.Contains(Path.GetFileNameWithoutExtension(file)))
                {
                    File.Delete(file);
                }
            }
        }
    }

    private static StoredVersion Stored(string root, ModelFolder folder, VersionEntry entry) =>
        new(folder.ModelId, folder.Model, entry.Version, entry.Sha256, Path.Combine(root, folder.ModelId, entry.Sha256 + ".safetensors"));

    // A file that somebody deleted is not a version that runs.
    private StoredVersion? Stored(ModelFolder folder, VersionEntry? entry) =>
        entry is not null && Stored(_root, folder, entry) is var stored && File.Exists(stored.File) ? stored : null;

    private ModelFolder? Find(string model) => ModelIdPattern().IsMatch(model) && ModelFolder.Read(FolderOf(model)) is { } byId
        ? byId
        : Directory.EnumerateDirectories(_root).Select(ModelFolder.Read).FirstOrDefault(folder => folder?.Model == model);

    private string FolderOf(string modelId) => Path.Combine(_root, modelId);

    private string FileOf(string modelId, string sha256) => Path.Combine(FolderOf(modelId), sha256 + ".safetensors");

    [GeneratedRegex("^mdl_[0-9a-z]{4,64}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex ModelIdPattern();

    [GeneratedRegex("^[0-9a-f]{64}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Sha256Pattern();
}
