using System.Text.Json;

namespace Octomil.Learning.Tests.Privacy;

/// <summary>The cases of vectors/dp_units.json.</summary>
internal static class UnitVectors
{
    private static readonly JsonElement[] Cases = [.. JsonDocument
        .Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "vectors", "dp_units.json"))).RootElement.EnumerateArray()];

    /// <summary>The cases of one operation; there is at least one.</summary>
    public static IReadOnlyList<JsonElement> Of(string operation)
    {
        JsonElement[] cases = [.. Cases.Where(item => item.GetProperty("op").GetString() == operation)];
        Assert.NotEmpty(cases);
        return cases;
    }

    public static double Number(this JsonElement item, string name) => item.GetProperty(name).GetDouble();

    public static double[] Numbers(this JsonElement item, string name) => [.. item.GetProperty(name).EnumerateArray().Select(number => number.GetDouble())];

    public static double[][] Rows(this JsonElement item, string name) =>
        [.. item.GetProperty(name).EnumerateArray().Select(row => row.EnumerateArray().Select(number => number.GetDouble()).ToArray())];

    public static void AssertClose(double expected, double actual, double tolerance = 1e-9) =>
        Assert.True(Math.Abs(expected - actual) <= tolerance * Math.Max(1, Math.Abs(expected)), $"{actual:R}, expected {expected:R}.");
}
