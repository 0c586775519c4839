using System.Collections.Immutable;
using Octomil.Devices;

namespace Octomil.Organizations;

/// <summary>An organization as others see it.</summary>
[GenerateSerializer, Immutable, Alias("octomil.organization-snapshot")]
public sealed record OrganizationSnapshot
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required string Name { get; init; }
    [Id(2)] public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Name to id, of the organization's own models.</summary>
    [Id(3)] public ImmutableSortedDictionary<string, string> Models { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Id to name, of the federations it owns, is a member of or is invited to.</summary>
    [Id(4)] public ImmutableSortedDictionary<string, string> Federations { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    [Id(5)] public ImmutableSortedDictionary<string, DeviceGroup> Groups { get; init; } = ImmutableSortedDictionary<string, DeviceGroup>.Empty;

    /// <summary>Runs in which its devices may be selected now.</summary>
    [Id(6)] public ImmutableSortedSet<string> ActiveRuns { get; init; } = [];
}

/// <summary>A named set of devices of one organization.</summary>
[GenerateSerializer, Immutable, Alias("octomil.device-group")]
public sealed record DeviceGroup
{
    [Id(0)] public required string Name { get; init; }
    [Id(1)] public string? Description { get; init; }
    [Id(2)] public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>None, as groups had before there were rules, is static.</summary>
    [Id(20)] public GroupMode Mode { get; init; }

    /// <summary>A device of which all hold is in the group; none in a static group.</summary>
    [Id(21)] public ImmutableArray<DeviceRule> Rules { get; init; } = [];

    /// <summary>True where devices can be named into it.</summary>
    public bool TakesNamed => Mode is not GroupMode.Dynamic;

    /// <summary>Whether its rules take a device that says this of itself.</summary>
    public bool Takes(IReadOnlyDictionary<string, string> facts) => !Rules.IsEmpty && Rules.All(rule => rule.Holds(facts));

    public bool IsSameAs(GroupMode mode, ImmutableArray<DeviceRule> rules) =>
        (Mode is GroupMode.None ? GroupMode.Static : Mode) == mode && Rules.Select(rule => rule.ToString()).SequenceEqual(rules.Select(rule => rule.ToString()), StringComparer.Ordinal);
}

/// <summary>How devices come into a group.</summary>
public enum GroupMode
{
    None = 0,

    /// <summary>They are named.</summary>
    Static = 1,

    /// <summary>By rules alone.</summary>
    Dynamic = 2,

    /// <summary>Either way.</summary>
    Hybrid = 3,
}

/// <summary>A key as its organization lists it; never the secret.</summary>
[GenerateSerializer, Immutable, Alias("octomil.api-key-record")]
public sealed record ApiKeyRecord
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required string Name { get; init; }

    /// <summary>The first characters of the secret, enough to recognize it.</summary>
    [Id(2)] public required string Prefix { get; init; }
    [Id(3)] public required string Hash { get; init; }
    [Id(4)] public ImmutableArray<string> Scopes { get; init; } = [];
    [Id(5)] public required DateTimeOffset CreatedAt { get; init; }
    [Id(6)] public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>From then on it is refused; null: it does not expire.</summary>
    [Id(7)] public DateTimeOffset? ExpiresAt { get; init; }

    public bool IsValidAt(DateTimeOffset now) => RevokedAt is null && (ExpiresAt is null || now < ExpiresAt);
}

/// <summary>A key with its secret, once.</summary>
[GenerateSerializer, Immutable, Alias("octomil.issued-api-key")]
public sealed record IssuedApiKey
{
    [Id(0)] public required ApiKeyRecord Record { get; init; }
    [Id(1)] public required string Secret { get; init; }
}

/// <summary>Whom a key speaks for and what it may do.</summary>
[GenerateSerializer, Immutable, Alias("octomil.api-key-grant")]
public sealed record ApiKeyGrant
{
    [Id(0)] public required string OrganizationId { get; init; }
    [Id(1)] public required string KeyId { get; init; }
    [Id(2)] public ImmutableArray<string> Scopes { get; init; } = [];
    [Id(3)] public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The key's name; null of keys that were made before it was kept here.</summary>
    [Id(4)] public string? Name { get; init; }
}
