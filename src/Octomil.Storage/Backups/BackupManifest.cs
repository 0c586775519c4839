namespace Octomil.Storage.Backups;

/// <summary>What a backup holds; its last entry, so a backup that was cut off has none.</summary>
internal sealed record BackupManifest
{
    public const string Name = "manifest.json";
    public const int Current = 1;

    public required int Format { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>SHA-256 of every other entry.</summary>
    public required IReadOnlyDictionary<string, string> Files { get; init; }
}
