using System.Collections.Immutable;
using Octomil.Experiments;

namespace Octomil.Deployments;

/// <summary>A version as devices are told of it.</summary>
[GenerateSerializer, Immutable, Alias("octomil.deployed-version")]
public sealed record DeployedVersion
{
    [Id(0)] public required string Version { get; init; }
    [Id(1)] public required string Sha256 { get; init; }
    [Id(2)] public required long Bytes { get; init; }
}

/// <summary>A version for some of an organization's devices.</summary>
[GenerateSerializer, Immutable, Alias("octomil.version-layer")]
public sealed record VersionLayer
{
    /// <summary>The rollout, by whose id devices are told apart.</summary>
    [Id(0)] public required string RolloutId { get; init; }
    [Id(1)] public required DeployedVersion Version { get; init; }

    /// <summary>The group whose devices it is for; null: all.</summary>
    [Id(2)] public string? Group { get; init; }

    /// <summary>How much of them, in hundredths of a percent.</summary>
    [Id(3)] public int BasisPoints { get; init; } = RolloutShare.All;

    /// <summary>The rollout is paused: its devices are told nothing, so that who has the version keeps it and nobody else gets it.</summary>
    [Id(4)] public bool Frozen { get; init; }
}

/// <summary>
/// Which version of one model each device of one organization should run. A pure function of the device's id and groups, so that one
/// rule serves a million devices.
/// </summary>
[GenerateSerializer, Immutable, Alias("octomil.version-rule")]
public sealed record VersionRule
{
    [Id(0)] public required string ModelId { get; init; }
    [Id(1)] public required string ModelName { get; init; }

    /// <summary>Grows with every change; of two rules over a model the greater one is the newer.</summary>
    [Id(2)] public required long Generation { get; init; }

    /// <summary>The newest first; the first that holds a device decides.</summary>
    [Id(3)] public ImmutableArray<VersionLayer> Layers { get; init; } = [];

    /// <summary>The experiment that holds some of the devices; what it says of them stands before the layers.</summary>
    [Id(4)] public ExperimentLayer? Experiment { get; init; }

    /// <summary>Whether a device's groups must be known.</summary>
    public bool NeedsGroups => Experiment?.Group is not null || Layers.Any(layer => layer.Group is not null);

    /// <summary>The version that the device should run; null: it keeps what it has.</summary>
    public DeployedVersion? For(string deviceId, IReadOnlySet<string> groups)
    {
        if (Experiment?.ArmOf(deviceId, groups) is { } arm)
        {
            return Experiment.Frozen ? null : arm.Version;
        }

        foreach (var layer in Layers)
        {
            if ((layer.Group is null || groups.Contains(layer.Group)) && RolloutShare.Includes(layer.RolloutId, deviceId, layer.BasisPoints))
            {
                return layer.Frozen ? null : layer.Version;
            }
        }

        return null;
    }
}
