using System.Text.Json;

namespace Octomil.Learning.Tests.Strategies;

/// <summary>One case of vectors/strategies.json.</summary>
public sealed class StrategyVector(JsonElement json)
{
    private static readonly Lazy<StrategyVector[]> All = new(() => [.. JsonDocument
        .Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "strategies.json")))
        .RootElement.GetProperty("cases").EnumerateArray().Select(item => new StrategyVector(item))]);

    public string Id => json.GetProperty("id").GetString()!;

    public string Strategy => json.GetProperty("strategy").GetString()!;

    public JsonElement Input => json.GetProperty("input");

    public JsonElement Expected => json.GetProperty("expected");

    public double[] GlobalModel => Numbers(Input, "global_model");

    public static StrategyVector ById(string id) => All.Value.Single(vector => vector.Id == id);

    public static TheoryData<string> Ids(string strategy) =>
        [.. All.Value.Where(vector => vector.Strategy == strategy).Select(vector => vector.Id)];

    public static double[] Numbers(JsonElement element, string name) =>
        [.. element.GetProperty(name).EnumerateArray().Select(number => number.GetDouble())];

    public double Number(string name, double absent) =>
        json.GetProperty("params").TryGetProperty(name, out var value) ? value.GetDouble() : absent;

    public bool Flag(string name) => json.GetProperty("params").TryGetProperty(name, out var value) && value.GetBoolean();

    public string Text(string name) => json.GetProperty("params").GetProperty(name).GetString()!;

    public IEnumerable<JsonElement> Buckets => json.GetProperty("params").GetProperty("buckets").EnumerateArray();

    /// <summary>The differences of one round; the whole input where there is only one.</summary>
    public static double[][] Deltas(JsonElement round) =>
        [.. round.GetProperty("deltas").EnumerateArray().Select(delta => delta.EnumerateArray().Select(number => number.GetDouble()).ToArray())];

    public static double[] Mean(double[][] deltas, double[] weights) =>
        [.. Enumerable.Range(0, deltas[0].Length).Select(i => deltas.Zip(weights, (delta, weight) => delta[i] * weight).Sum() / weights.Sum())];

    public static void AssertClose(double[] expected, ReadOnlySpan<double> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(Math.Abs(expected[i] - actual[i]) <= 1e-9 * Math.Max(1, Math.Abs(expected[i])), $"[{i}] is {actual[i]:R}, expected {expected[i]:R}.");
        }
    }
}
