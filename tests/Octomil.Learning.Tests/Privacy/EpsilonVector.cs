using System.Globalization;
using System.Text.Json;

namespace Octomil.Learning.Tests.Privacy;

/// <summary>One row of vectors/dp_epsilon.csv.</summary>
internal sealed class EpsilonVector(Dictionary<string, string> cells)
{
    private static readonly Lazy<EpsilonVector[]> Rows = new(() => [.. CsvRows.Read("dp_epsilon.csv").Select(row => new EpsilonVector(row))]);

    public static IReadOnlyList<EpsilonVector> All => Rows.Value;

    public string Id => cells["id"];

    public string Sampling => cells["sampling"];

    public string Category => cells["category"];

    public double Delta => Number("delta")!.Value;

    /// <summary>Noise multiplier, sampling rate (1: everyone) and number of the row's releases.</summary>
    public IEnumerable<(double Noise, double Rate, long Releases)> Events()
    {
        if (Category == "tree_aggregation")
        {
            // A device that is in each tree once pays for the height of the tree.
            var tree = JsonDocument.Parse(cells["events"]).RootElement;
            return [(Number("noise_multiplier")!.Value, 1, tree.GetProperty("trees").GetInt64() * tree.GetProperty("height").GetInt64())];
        }

        return Category == "heterogeneous"
            ? JsonDocument.Parse(cells["events"]).RootElement.EnumerateArray().Select(item =>
                (item.GetProperty("z").GetDouble(), item.TryGetProperty("q", out var rate) ? rate.GetDouble() : 1, item.GetProperty("steps").GetInt64()))
            : [(Number("noise_multiplier")!.Value, Sampling == "poisson" ? Number("q")!.Value : 1, (long)Number("steps")!.Value)];
    }

    public static EpsilonVector ById(string id) => All.Single(row => row.Id == id);

    public double? Number(string column) => cells[column] is { Length: > 0 } text ? double.Parse(Normal(text), CultureInfo.InvariantCulture) : null;

    private static string Normal(string text) => text == "inf" ? "Infinity" : text;
}
