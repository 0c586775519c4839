using System.Text.Json.Nodes;

namespace Octomil.Client.Tables;

/// <summary>Writes a first architecture for a table: what a person would otherwise type by hand.</summary>
public static class ArchitectureInference
{
    private const int MostCategories = 20;
    private const int MostClasses = 50;

    /// <summary>
    /// Reads the whole table once. Columns of numbers become number features; columns of at most 20 distinct texts become categories;
    /// columns of other texts, empty columns and row identifiers are left out. The target decides the output: two values make it binary,
    /// 3 to 50 texts or whole numbers multiclass, other numbers regression.
    /// </summary>
    /// <param name="path">A CSV file with a header.</param>
    /// <param name="targetColumn">The column to predict.</param>
    /// <param name="options">What is decided already.</param>
    /// <exception cref="DataException">The table cannot be read, or an architecture cannot be made of it.</exception>
    public static InferredArchitecture FromCsv(string path, string targetColumn, ArchitectureInferenceOptions? options = null)
    {
        using var reader = DelimitedReader.Open(path);
        return FromTable(reader, targetColumn, options ?? new ArchitectureInferenceOptions());
    }

    internal static InferredArchitecture FromTable(DelimitedReader reader, string targetColumn, ArchitectureInferenceOptions options)
    {
        var target = Require(reader, targetColumn, "target column");
        foreach (var named in options.Categories.Concat(options.Excluded))
        {
            Require(reader, named, "column");
        }

        var profiles = Profile(reader);
        var notes = new List<string>();
        var features = new JsonArray();
        for (var i = 0; i < profiles.Length; i++)
        {
            if (i != target && FeatureOf(reader, i, profiles[i], options, notes) is { } feature)
            {
                features.Add(feature);
            }
        }

        if (features.Count == 0)
        {
            throw new DataException($"{reader.Name} has no column besides {targetColumn} that can be a feature. {string.Join(" ", notes)}".TrimEnd());
        }

        var architecture = new JsonObject { ["kind"] = KindOf(options) };
        DescribeOutput(architecture, reader.Name, targetColumn, profiles[target], options);
        if (options.Kind == "mlp")
        {
            architecture["hidden"] = new JsonArray([.. (options.Hidden.Count > 0 ? options.Hidden : [64, 32]).Select(width => JsonValue.Create(width))]);
            architecture["activation"] = "relu";
        }

        architecture["features"] = features;
        architecture["seed"] = options.Seed;
        return new InferredArchitecture(architecture, notes);
    }

    private static ColumnProfile[] Profile(DelimitedReader reader)
    {
        var profiles = new ColumnProfile[reader.Header.Count];
        for (var i = 0; i < profiles.Length; i++)
        {
            profiles[i] = new ColumnProfile();
        }

        while (reader.Read())
        {
            for (var i = 0; i < profiles.Length; i++)
            {
                profiles[i].Add(reader.Cell(i), reader.Row);
            }
        }

        return reader.Row > 0 ? profiles : throw new DataException($"{reader.Name} has a header and no rows.");
    }

    private static JsonObject? FeatureOf(DelimitedReader reader, int column, ColumnProfile profile, ArchitectureInferenceOptions options, List<string> notes)
    {
        var name = reader.Header[column];
        if (options.Excluded.Contains(name))
        {
            return null;
        }

        if (profile.Values == 0)
        {
            notes.Add($"Column {name} holds no value and is left out.");
            return null;
        }

        var forced = options.Categories.Contains(name);
        if (!forced && IsIdentifier(name))
        {
            notes.Add($"Column {(name.Length == 0 ? column + 1 : name)} looks like a row identifier and is left out.");
            return null;
        }

        reader.IndexOf(name);
        if (profile.IsNumeric && !forced)
        {
            return new JsonObject { ["name"] = name, ["type"] = "number" };
        }

        if (profile.Texts.Count > MostCategories)
        {
            var why = forced ? string.Empty : $" (row {profile.FirstTextRow}: {profile.FirstText} is not a number)";
            notes.Add($"Column {name} holds more than {MostCategories} different texts and is left out{why}.");
            return null;
        }

        return new JsonObject
        {
            ["name"] = name,
            ["type"] = "category",
            ["categories"] = new JsonArray([.. ClassOrder.Of(profile).Select(text => JsonValue.Create(text))]),
        };
    }

    private static void DescribeOutput(JsonObject architecture, string table, string targetColumn, ColumnProfile target, ArchitectureInferenceOptions options)
    {
        var output = options.OutputType ?? OutputOf(target);
        if (output is "regression" ? !target.IsNumeric : target.Texts.Count is < 2 or > MostClasses)
        {
            throw new DataException(
                output is "regression"
                    ? $"Target {targetColumn} of {table} is to be a number, but row {target.FirstTextRow} holds {target.FirstText ?? "nothing"}."
                    : $"Target {targetColumn} of {table} holds {(target.Texts.Count < 2 ? "fewer than 2" : $"more than {MostClasses}")} different values; 2 to {MostClasses} classes, or numbers for a regression, were expected.");
        }

        var classes = output is "regression" ? [] : ClassOrder.Of(target);
        if (output is "binary" && classes.Length != 2)
        {
            throw new DataException($"Target {targetColumn} of {table} holds {classes.Length} different values where a binary output needs 2.");
        }

        architecture["output_type"] = output is "binary" or "multiclass" or "regression"
            ? output
            : throw new DataException($"Unknown output type {output}: binary, multiclass or regression was expected.");
        architecture["output_dim"] = output is "multiclass" ? classes.Length : 1;
        architecture["target_col"] = targetColumn;
        if (classes.Length > 0)
        {
            architecture["classes"] = new JsonArray([.. classes.Select(text => JsonValue.Create(text))]);
        }
    }

    private static string OutputOf(ColumnProfile target) =>
        target.Texts.Count <= 2 ? "binary"
        : target.IsNumeric && (!target.IsWhole || target.Texts.Count > MostClasses) ? "regression"
        : "multiclass";

    private static string KindOf(ArchitectureInferenceOptions options) => options.Kind is "linear" or "mlp"
        ? options.Kind
        : throw new DataException($"Unknown kind {options.Kind}: a table takes linear or mlp.");

    private static bool IsIdentifier(string name) =>
        name.Length == 0
        || name.Equals("id", StringComparison.OrdinalIgnoreCase)
        || name.Equals("index", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith("_id", StringComparison.OrdinalIgnoreCase);

    private static int Require(DelimitedReader reader, string column, string role)
    {
        var index = reader.IndexOf(column);
        return index >= 0 ? index : throw DataException.NoColumn(reader, column, role);
    }
}
