using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Octomil.Models;

/// <summary>What names of versions mean.</summary>
public static partial class ModelVersions
{
    /// <summary>The alias that always means something: unless it is set, the newest version that is not deprecated.</summary>
    public const string LatestAlias = "latest";

    /// <summary>An alias begins with a letter and so is never a version.</summary>
    public static bool IsAlias(string? name) => name is not null && AliasPattern().IsMatch(name);

    public static ModelVersion? Latest(ImmutableArray<ModelVersion> versions, ImmutableSortedDictionary<string, string> aliases) =>
        aliases.TryGetValue(LatestAlias, out var set)
            ? versions.FirstOrDefault(version => version.Version == set)
            : versions.LastOrDefault(version => version.Deprecation is null);

    public static ModelVersion? Find(ImmutableArray<ModelVersion> versions, ImmutableSortedDictionary<string, string> aliases, string name)
    {
        if (name == LatestAlias)
        {
            return Latest(versions, aliases);
        }

        // Compared as text: what follows '+' is no decoration here, it names the changing base of a run.
        var version = aliases.GetValueOrDefault(name, name);
        return versions.FirstOrDefault(one => one.Version == version);
    }

    [GeneratedRegex("^[a-z][a-z0-9._-]{0,62}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex AliasPattern();
}
