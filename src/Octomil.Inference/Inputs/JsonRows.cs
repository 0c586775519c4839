using System.Text.Json;

namespace Octomil.Inference.Inputs;

/// <summary>
/// Rows of features from JSON: an object of values by feature name, an array of values in the order of the features, or an array of either.
/// </summary>
internal sealed class JsonRows(RowReader reader, InputBatch batch, InputNotes notes)
{
    /// <exception cref="InferenceException">It is none of these, or a value cannot be read.</exception>
    public void Read(JsonElement json)
    {
        if (json.ValueKind is JsonValueKind.Array && json.GetArrayLength() > 0 && json[0].ValueKind is JsonValueKind.Object or JsonValueKind.Array)
        {
            foreach (var row in json.EnumerateArray())
            {
                ReadRow(row);
            }
        }
        else
        {
            ReadRow(json);
        }
    }

    private void ReadRow(JsonElement json)
    {
        var row = batch.Add();
        reader.Clear(row);
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                ReadObject(json, row);
                break;
            case JsonValueKind.Array:
                ReadArray(json, row);
                break;
            default:
                throw InferenceException.Invalid(
                    $"{Place}A row of features is a JSON object of values by feature name, or an array of {reader.FeatureCount} values; this is {Kind(json)}.");
        }
    }

    private void ReadObject(JsonElement json, Span<float> row)
    {
        var given = new bool[reader.FeatureCount];
        List<string>? unknown = null;
        foreach (var property in json.EnumerateObject())
        {
            var feature = reader.IndexOf(property.Name);
            if (feature >= 0)
            {
                given[feature] = true;
                Set(row, feature, property.Value);
            }
            else if (!reader.IsTarget(property.Name))
            {
                (unknown ??= []).Add(property.Name);
            }
        }

        var absent = Enumerable.Range(0, given.Length).Where(feature => !given[feature]).ToList();
        reader.Check(unknown ?? [], absent);
        notes.Missing(absent);
    }

    private void ReadArray(JsonElement json, Span<float> row)
    {
        if (json.GetArrayLength() != reader.FeatureCount)
        {
            throw InferenceException.Invalid($"{Place}{json.GetArrayLength()} values are given where the model has {reader.FeatureCount} features.");
        }

        var feature = 0;
        foreach (var value in json.EnumerateArray())
        {
            Set(row, feature++, value);
        }
    }

    private void Set(Span<float> row, int feature, JsonElement value)
    {
        var known = value.ValueKind switch
        {
            JsonValueKind.Number => reader.Set(row, feature, value.GetRawText(), Place),
            JsonValueKind.String => reader.Set(row, feature, value.GetString(), Place),
            JsonValueKind.True or JsonValueKind.False => reader.Set(row, feature, value.GetRawText(), Place),
            JsonValueKind.Null => false,
            _ => throw InferenceException.Invalid($"{Place}{reader.NameOf(feature)} is {Kind(value)}; a number or a text was expected."),
        };
        if (!known)
        {
            notes.Missing(feature);
        }
    }

    private string Place => batch.Count > 1 ? $"row {batch.Count}: " : "";

    private static string Kind(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };
}
