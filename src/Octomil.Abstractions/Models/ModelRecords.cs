using System.Collections.Immutable;
using Octomil.Training;

namespace Octomil.Models;

/// <summary>What a model is made with.</summary>
[GenerateSerializer, Immutable, Alias("octomil.model-description")]
public sealed record ModelDescription
{
    [Id(0)] public required string Name { get; init; }
    [Id(1)] public string? Description { get; init; }
    [Id(2)] public string? Framework { get; init; }
    [Id(3)] public string? UseCase { get; init; }
}

/// <summary>A model as its readers see it.</summary>
[GenerateSerializer, Immutable, Alias("octomil.model-snapshot")]
public sealed record ModelSnapshot
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required string OwnerId { get; init; }
    [Id(2)] public required ModelDescription Description { get; init; }
    [Id(3)] public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>In semantic order, oldest first.</summary>
    [Id(4)] public ImmutableArray<ModelVersion> Versions { get; init; } = [];
    [Id(5)] public ImmutableSortedSet<string> Federations { get; init; } = [];

    /// <summary>The run that trains it now.</summary>
    [Id(6)] public string? ActiveRun { get; init; }

    /// <summary>Every run over the model, oldest first.</summary>
    [Id(7)] public ImmutableArray<string> Runs { get; init; } = [];

    /// <summary>Names that stand for a version, by name.</summary>
    [Id(8)] public ImmutableSortedDictionary<string, string> Aliases { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>What <c>latest</c> means: the version of that alias, else the newest one that is not deprecated. Null where there is none.</summary>
    public ModelVersion? Latest => ModelVersions.Latest(Versions, Aliases);

    /// <summary>A version by its name or an alias of it; null where it is neither.</summary>
    public ModelVersion? Find(string versionOrAlias) => ModelVersions.Find(Versions, Aliases, versionOrAlias);
}

/// <summary>One released set of weights.</summary>
[GenerateSerializer, Immutable, Alias("octomil.model-version")]
public sealed record ModelVersion
{
    /// <summary>A semantic version; ignored on publishing a run, which makes the next major one.</summary>
    [Id(0)] public required string Version { get; init; }
    [Id(1)] public required WeightsRef Weights { get; init; }
    [Id(2)] public string? Description { get; init; }

    /// <summary>The architecture's canonical JSON (with <c>scaled</c>), where the model has one.</summary>
    [Id(3)] public string? ArchitectureJson { get; init; }
    [Id(4)] public required DateTimeOffset CreatedAt { get; init; }
    [Id(5)] public ImmutableSortedDictionary<string, double> Metrics { get; init; } = ImmutableSortedDictionary<string, double>.Empty;
    [Id(6)] public Lineage? Lineage { get; init; }

    /// <summary>SHA-256 of the tensors' names, types and shapes; versions of one model agree in it.</summary>
    [Id(7)] public required string LayoutHash { get; init; }
    [Id(8)] public long ParameterCount { get; init; }

    /// <summary>Why it should not be used any more; null while it may be.</summary>
    [Id(9)] public Deprecation? Deprecation { get; init; }

    /// <summary>Other formats of the same weights, once someone asked for them, by the format's name.</summary>
    [Id(10)] public ImmutableSortedDictionary<string, WeightsRef> Formats { get; init; } = ImmutableSortedDictionary<string, WeightsRef>.Empty;
}

/// <summary>That a version should not be used any more: it is not <c>latest</c>, no run starts from it and it is not deployed.</summary>
[GenerateSerializer, Immutable, Alias("octomil.deprecation")]
public sealed record Deprecation
{
    [Id(0)] public required string Reason { get; init; }
    [Id(1)] public required DateTimeOffset At { get; init; }
}

/// <summary>Where a trained version comes from.</summary>
[GenerateSerializer, Immutable, Alias("octomil.lineage")]
public sealed record Lineage
{
    [Id(0)] public required string RunId { get; init; }
    [Id(1)] public required string BaseVersion { get; init; }
    [Id(2)] public required string Strategy { get; init; }
    [Id(3)] public required int Rounds { get; init; }
    [Id(4)] public ImmutableArray<string> Organizations { get; init; } = [];
    [Id(5)] public string? FederationId { get; init; }

    /// <summary>What the run cost each organization at most; null where it was not private.</summary>
    [Id(6)] public PrivacySpent? PrivacySpent { get; init; }
}

/// <summary>The privacy cost of a run.</summary>
[GenerateSerializer, Immutable, Alias("octomil.privacy-spent")]
public sealed record PrivacySpent
{
    [Id(0)] public required double Epsilon { get; init; }
    [Id(1)] public required double Delta { get; init; }
}
