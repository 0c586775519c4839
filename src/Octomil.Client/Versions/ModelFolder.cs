using System.Text.Json;

namespace Octomil.Client.Versions;

/// <summary>
/// What a folder holds of one model, as written to its <c>state.json</c>: the version that runs, the one that ran before, and one that
/// was taken back here and is not to be taken up again.
/// </summary>
internal sealed record ModelFolder
{
    public const string FileName = "state.json";

    public required string ModelId { get; init; }
    public string? Model { get; init; }
    public VersionEntry? Current { get; init; }
    public VersionEntry? Previous { get; init; }
    public VersionEntry? Rejected { get; init; }

    /// <summary>The version runs; the one that ran is kept.</summary>
    public ModelFolder Activate(VersionEntry entry, string? model) => this with
    {
        Model = model ?? Model,
        Current = entry,
        Previous = Current == entry ? Previous : Current,
        Rejected = Rejected == entry ? null : Rejected,
    };

    /// <summary>Back to the version that ran before; null: there is none.</summary>
    public ModelFolder? RollBack() => Previous is null ? null : Reject();

    /// <summary>What runs is not to be taken up again; what ran before it runs, if there is such.</summary>
    public ModelFolder Reject() => this with { Current = Previous, Previous = null, Rejected = Current };

    /// <exception cref="InvalidDataException">The file is not one of ours.</exception>
    public static ModelFolder? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<ModelFolder>(File.ReadAllBytes(path), ContractJson.Options) : null;
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{path} is damaged. Delete it: the version is downloaded again.", exception);
        }
    }

    /// <summary>Written aside, flushed and renamed: whoever reads, or restarts, sees the old state or the new one.</summary>
    public void Write(string folder)
    {
        var (path, temporary) = (Path.Combine(folder, FileName), Path.Combine(folder, FileName + ".new"));
        using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(JsonSerializer.SerializeToUtf8Bytes(this, ContractJson.Options));
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }
}

/// <summary>A version and the SHA-256 of its file, by which the file is named.</summary>
internal sealed record VersionEntry(string Version, string Sha256);
