using System.Globalization;
using System.Reflection;

namespace Octomil.Storage;

/// <summary>One step of a database's schema: <c>NNNN_name.sql</c>.</summary>
internal sealed record Migration(int Version, string Name, string Text);

/// <summary>The migrations that are embedded in this assembly.</summary>
internal static class Migrations
{
    /// <summary>Those of one database, in order.</summary>
    /// <param name="prefix">The folder, such as <c>sqlite/</c>.</param>
    public static List<Migration> Read(string prefix)
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(name => Read(assembly, name, prefix))
            .OrderBy(migration => migration.Version)
            .ToList();
    }

    private static Migration Read(Assembly assembly, string resource, string prefix)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        var name = resource[prefix.Length..^".sql".Length];
        return new Migration(int.Parse(name.AsSpan(0, name.IndexOf('_', StringComparison.Ordinal)), CultureInfo.InvariantCulture), name, reader.ReadToEnd());
    }
}
