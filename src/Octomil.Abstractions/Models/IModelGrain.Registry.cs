namespace Octomil.Models;

/// <summary>What may be said of a version after it was released; its weights never change.</summary>
public partial interface IModelGrain
{
    /// <summary>Lets a name stand for a version, from now on; null: for none any more.</summary>
    [Alias("set-alias")]
    Task<VersionChange> SetAliasAsync(string callerId, string alias, string? version);

    /// <summary>Says why the version should not be used any more; null: it may be used again.</summary>
    [Alias("deprecate")]
    Task<VersionChange> DeprecateAsync(string callerId, string version, string? reason);

    /// <summary>Deletes a version that nothing uses. Its name is never used again.</summary>
    [Alias("delete-version")]
    Task<VersionChange> DeleteVersionAsync(string callerId, string version);

    /// <summary>
    /// Remembers another format of a version's weights, for whoever may read the model; the first stays. Null where there is no such version.
    /// </summary>
    [Alias("add-format")]
    Task<Training.WeightsRef?> AddFormatAsync(string callerId, string version, string format, Training.WeightsRef file);
}

/// <summary>What became of a wish about a version.</summary>
[GenerateSerializer, Immutable, Alias("octomil.version-change")]
public sealed record VersionChange
{
    [Id(0)] public required VersionChangeResult Result { get; init; }

    /// <summary>The version that was meant.</summary>
    [Id(1)] public string? Version { get; init; }

    /// <summary>What uses the version, in words, where that was the reason to refuse.</summary>
    [Id(2)] public System.Collections.Immutable.ImmutableArray<string> Uses { get; init; } = [];
}

/// <summary>Outcomes of a wish about a version.</summary>
public enum VersionChangeResult
{
    None = 0,
    Done = 1,

    /// <summary>No such model for the caller.</summary>
    ModelNotFound = 2,
    VersionNotFound = 3,

    /// <summary>Something uses the version.</summary>
    InUse = 4,

    /// <summary>The version is deprecated.</summary>
    Deprecated = 5,

    /// <summary>The caller sees the model and does not own it.</summary>
    NotOwner = 6,
}
