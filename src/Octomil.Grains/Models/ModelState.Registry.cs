using System.Collections.Immutable;
using Octomil.Training;

namespace Octomil.Models;

/// <summary>Aliases, deprecation and deletion of versions.</summary>
internal sealed partial record ModelState
{
    [Id(7)] public ImmutableSortedDictionary<string, string> Aliases { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Names of versions that were deleted: an immutable version's name never means other weights.</summary>
    [Id(8)] public ImmutableSortedSet<string> Deleted { get; init; } = [];
    [Id(9)] public string? ActiveRunBase { get; init; }

    public (ModelState Next, VersionChange Change) SetAlias(string alias, string? version)
    {
        if (version is null)
        {
            return Aliases.ContainsKey(alias)
                ? (this with { Aliases = Aliases.Remove(alias) }, Changed(VersionChangeResult.Done, null))
                : (this, Changed(VersionChangeResult.VersionNotFound, null));
        }

        return ModelVersions.Find(Versions, Aliases, version) switch
        {
            null => (this, Changed(VersionChangeResult.VersionNotFound, version)),
            { Deprecation: not null } old => (this, Changed(VersionChangeResult.Deprecated, old.Version)),
            var found => (this with { Aliases = Aliases.SetItem(alias, found.Version) }, Changed(VersionChangeResult.Done, found.Version)),
        };
    }

    public (ModelState Next, VersionChange Change) Deprecate(string version, string? reason, DateTimeOffset now)
    {
        if (ModelVersions.Find(Versions, Aliases, version) is not { } found)
        {
            return (this, Changed(VersionChangeResult.VersionNotFound, version));
        }

        // The same reason again changes nothing, so that a repeat keeps the time of the first.
        var next = found.Deprecation?.Reason == reason
            ? this
            : Replace(found with { Deprecation = reason is null ? null : new Deprecation { Reason = reason, At = now } });
        return (next, Changed(VersionChangeResult.Done, found.Version));
    }

    /// <param name="version">The version's own name; an alias uses what it names.</param>
    /// <param name="uses">What uses it, in words: nothing may.</param>
    public (ModelState Next, VersionChange Change) Delete(string version, ImmutableArray<string> uses)
    {
        if (Deleted.Contains(version))
        {
            return (this, Changed(VersionChangeResult.Done, version));
        }

        if (Versions.FirstOrDefault(known => known.Version == version) is not { } found)
        {
            return (this, Changed(VersionChangeResult.VersionNotFound, version));
        }

        return uses.IsEmpty
            ? (this with { Versions = Versions.Remove(found), Deleted = Deleted.Add(version) }, Changed(VersionChangeResult.Done, version))
            : (this, Changed(VersionChangeResult.InUse, version) with { Uses = uses });
    }

    /// <summary>What the row itself knows: the latest, aliases, the base of the run in progress.</summary>
    public ImmutableArray<string> UsesOf(string version) => [.. OwnUses(version)];

    public (ModelState Next, WeightsRef? File) AddFormat(string version, string format, WeightsRef file)
    {
        if (Versions.FirstOrDefault(known => known.Version == version) is not { } found)
        {
            return (this, null);
        }

        return found.Formats.TryGetValue(format, out var first)
            ? (this, first)
            : (Replace(found with { Formats = found.Formats.Add(format, file) }), file);
    }

    private static VersionChange Changed(VersionChangeResult result, string? version) => new() { Result = result, Version = version };

    private IEnumerable<string> OwnUses(string version)
    {
        if (ModelVersions.Latest(Versions, Aliases)?.Version == version)
        {
            yield return "it is the latest version";
        }

        foreach (var alias in Aliases.Where(alias => alias.Value == version))
        {
            yield return $"the alias '{alias.Key}' stands for it";
        }

        if (ActiveRun is not null && ActiveRunBase == version)
        {
            yield return $"the run {ActiveRun} trains from it";
        }
    }

    private int IndexOf(string version) => Enumerable.Range(0, Versions.Length).First(index => Versions[index].Version == version);

    private ModelState Replace(ModelVersion version) => this with
    {
        Versions = Versions.SetItem(IndexOf(version.Version), version),
    };
}
