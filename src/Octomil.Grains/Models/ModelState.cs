using System.Collections.Immutable;

namespace Octomil.Models;

/// <summary>A model's row.</summary>
[GenerateSerializer, Immutable, Alias("octomil.model-state")]
internal sealed partial record ModelState
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

        if (Deleted.Contains(version.Version))
        {
            return (this, AddVersionResult.Deleted);
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

        // After every version that there ever was: a deleted name is not used again.
        var names = Versions.Select(known => known.Version).Concat(Deleted).ToList();
        names.Sort(SemanticVersion.Compare);
        var name = names.Count == 0 ? "1.0.0" : SemanticVersion.NextMajor(names[^1]);
        return (this with { Versions = Versions.Add(version with { Version = name }) }, name);
    }

    /// <summary>No run begins from a version that is not there any more.</summary>
    public (ModelState Next, string? RunId) BeginRun(string runId, string baseVersion) =>
        ActiveRun is not null || !Versions.Any(version => version.Version == baseVersion)
            ? (this, ActiveRun)
            : (this with { ActiveRun = runId, ActiveRunBase = baseVersion, Runs = Runs.Add(runId) }, runId);

    public ModelState EndRun(string runId) => ActiveRun == runId ? this with { ActiveRun = null, ActiveRunBase = null } : this;

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
        Aliases = Aliases,
    };
}
