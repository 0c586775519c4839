using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Octomil.Learning.Weights;

/// <summary>The string metadata of an update, both ways (API, device protocol). Unknown keys are ignored.</summary>
internal static class UpdateMetadata
{
    private const int MaxMetricsBytes = 16 * 1024;

    public static UpdateContent Parse(IReadOnlyDictionary<string, string> metadata, UpdateLimits limits)
    {
        var sampleCount = Count(metadata, "sample_count", required: true);
        return new UpdateContent
        {
            Format = Format(metadata),
            SampleCount = sampleCount,
            CappedSampleCount = Math.Min(sampleCount, limits.MaxSampleCount),
            Steps = Count(metadata, "steps"),
            Loss = Number(metadata, "loss"),
            EvalCount = Count(metadata, "eval_count"),
            EvalLoss = Number(metadata, "eval_loss"),
            EvalAccuracy = Number(metadata, "eval_accuracy") is var accuracy && accuracy is null or (>= 0 and <= 1)
                ? accuracy
                : throw Invalid("eval_accuracy", "a number from 0 to 1"),
            Metrics = Metrics(metadata),
        };
    }

    public static Dictionary<string, string> Format(UpdateContent content)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["update_format"] = content.Format is UpdateFormat.Weights ? "weights" : "delta",
            ["sample_count"] = content.SampleCount.ToString(CultureInfo.InvariantCulture),
            ["steps"] = content.Steps.ToString(CultureInfo.InvariantCulture),
            ["eval_count"] = content.EvalCount.ToString(CultureInfo.InvariantCulture),
        };
        Add("loss", content.Loss?.ToString("R", CultureInfo.InvariantCulture));
        Add("eval_loss", content.EvalLoss?.ToString("R", CultureInfo.InvariantCulture));
        Add("eval_accuracy", content.EvalAccuracy?.ToString("R", CultureInfo.InvariantCulture));
        Add("metrics", content.Metrics);
        return metadata;

        void Add(string key, string? value)
        {
            if (value is not null)
            {
                metadata[key] = value;
            }
        }
    }

    private static UpdateFormat Format(IReadOnlyDictionary<string, string> metadata) => metadata.GetValueOrDefault("update_format", "delta") switch
    {
        "delta" => UpdateFormat.Difference,
        "weights" => UpdateFormat.Weights,
        _ => throw Invalid("update_format", "'delta' or 'weights'"),
    };

    private static long Count(IReadOnlyDictionary<string, string> metadata, string key, bool required = false)
    {
        var least = required ? 1 : 0;
        if (!metadata.TryGetValue(key, out var text) && !required)
        {
            return 0;
        }

        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= least
            ? count
            : throw Invalid(key, required ? "a whole number from 1 up, and must be there" : "a whole number from 0 up");
    }

    private static double? Number(IReadOnlyDictionary<string, string> metadata, string key)
    {
        if (!metadata.TryGetValue(key, out var text))
        {
            return null;
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : throw Invalid(key, "a finite number with a decimal point");
    }

    private static string? Metrics(IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue("metrics", out var text))
        {
            return null;
        }

        return Encoding.UTF8.GetByteCount(text) <= MaxMetricsBytes && IsObjectOfNumbers(text)
            ? text
            : throw Invalid("metrics", "a JSON object of finite numbers, each name once, at most 16 KB");
    }

    private static bool IsObjectOfNumbers(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 1, AllowDuplicateProperties = false });
            return document.RootElement.ValueKind is JsonValueKind.Object && document.RootElement.EnumerateObject().All(metric =>
                metric.Value.ValueKind is JsonValueKind.Number && metric.Value.TryGetDouble(out var value) && double.IsFinite(value));
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static WeightsFormatException Invalid(string key, string expected) =>
        new(WeightsErrors.InvalidMetadata, $"The metadata '{key}' of the update must be {expected}, as a string in the header's {SafetensorsHeader.MetadataKey}.");
}
