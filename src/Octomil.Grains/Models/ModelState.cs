using System.Collections.Immutable;

namespace Octomil.Models;

/// <summary>A model's row.</summary>
[GenerateSerializer, Immutable, Alias("octomil.model-state")]
internal sealed record ModelState
{
    [Id(0)] public string OwnerId { get; init; } = "";
    [Id(1)] public ModelDescription? Description { get; init; }
    [Id(2)] public DateTimeOffset CreatedAt { get; init; }

    /// <summary>In semantic order, oldest first.</summary>
    [Id(3)] public ImmutableArray<ModelVersion> Versions { get; init; } = [];
    [Id(4)] public ImmutableSortedSet<string> Federations { get; init; } = [];
    [Id(5)] public string? ActiveRun { get; init; }
    [Id(6)] public ImmutableArray<string> Runs { get; init; } = [];

    public bool Exists => OwnerId.Length > 0;

    public ModelState Create(string ownerId, ModelDescription description, DateTimeOffset now) =>
        Exists ? this : this with { OwnerId = ownerId, Description = description, CreatedAt = now };

    public (ModelState Next, AddVersionResult Result) Add(ModelVersion version)
    {
        if (Versions.FirstOrDefault(known => known.Version == version.Version) is { } same)
        {
            return (this, same.Weights.Sha256 == version.Weights.Sha256 ? AddVersionResult.Added : AddVersionResult.Exists);
        }

        if (Versions.Any(known => known.LayoutHash != version.LayoutHash))
        {
            return (this, AddVersionResult.OtherLayout);
        }

        var versions = Versions.Add(version).Sort((a, b) => SemanticVersion.Compare(a.Version, b.Version));
        return (this with { Versions = versions }, AddVersionResult.Added);
    }

    /// <summary>A run's result becomes the next major version after the newest; a run publishes once.</summary>
    public (ModelState Next, string Version) Publish(ModelVersion version)
    {
        if (Versions.FirstOrDefault(known => known.Lineage?.RunId == version.Lineage?.RunId && known.Lineage is not null) is { } published)
        {
            return (this, published.Version);
        }

        var name = Versions.IsEmpty ? "1.0.0" : SemanticVersion.NextMajor(Versions[^1].Version);
        return (this with { Versions = Versions.Add(version with { Version = name }) }, name);
    }

    public (ModelState Next, string RunId) BeginRun(string runId) => ActiveRun is null
        ? (this with { ActiveRun = runId, Runs = Runs.Add(runId) }, runId)
        : (this, ActiveRun);

    public ModelState EndRun(string runId) => ActiveRun == runId ? this with { ActiveRun = null } : this;

    public ModelState ShareWith(string federationId) =>
        Federations.Contains(federationId) ? this : this with { Federations = Federations.Add(federationId) };

    public ModelSnapshot ToSnapshot(string id) => new()
    {
        Id = id,
        OwnerId = OwnerId,
        Description = Description!,
        CreatedAt = CreatedAt,
        Versions = Versions,
        Federations = Federations,
        ActiveRun = ActiveRun,
        Runs = Runs,
    };
}
