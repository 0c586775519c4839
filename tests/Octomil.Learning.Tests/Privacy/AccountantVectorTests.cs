using Octomil.Learning.Privacy;

namespace Octomil.Learning.Tests.Privacy;

public sealed class AccountantVectorTests
{
    public static TheoryData<string> Exact => [.. EpsilonVector.All.Where(row => row.Number("eps_exact") is not null).Select(row => row.Id)];

    /// <summary>All rows but those of samplings that only a loss distribution accounts for, and the K-of-N rows.</summary>
    public static TheoryData<string> Renyi => [.. EpsilonVector.All
        .Where(row => row.Number("eps_rdp") is not null && row.Category != "wor").Select(row => row.Id)];

    [Theory]
    [MemberData(nameof(Exact))]
    public void GaussianPrivacy_OfAVector_IsItsEpsilonAndNeverLess(string id)
    {
        var row = EpsilonVector.ById(id);
        var expected = row.Number("eps_exact")!.Value;

        var epsilon = GaussianPrivacy.Epsilon(Math.Sqrt(row.Events().Sum(item => item.Releases / (item.Noise * item.Noise))), row.Delta);

        // The vectors have 12 digits.
        AssertRelative(expected, epsilon, 1e-9);
        Assert.True(double.IsInfinity(expected) || epsilon >= expected * (1 - 5e-12));
    }

    [Theory]
    [MemberData(nameof(Renyi))]
    public void RenyiAccountant_OfAVector_IsBetweenTheTrueBoundAndItsUpperBound(string id)
    {
        var row = EpsilonVector.ById(id);
        var accountant = new RenyiAccountant();
        foreach (var (noise, rate, releases) in row.Events())
        {
            accountant.AddPoisson(rate, noise, releases);
        }

        var epsilon = accountant.Epsilon(row.Delta);

        var upper = row.Number("eps_rdp")!.Value;
        var lower = row.Number("eps_rdp_true") ?? upper;
        Assert.InRange(epsilon, double.IsInfinity(lower) ? lower : lower * (1 - 1e-6), upper * (1 + 1e-6));
        Assert.True(row.Number("eps_exact") is not { } exact || epsilon >= exact * (1 - 1e-9));
    }

    [Fact]
    public void RenyiAccountant_OfASingleOrder_IsTheVectorsDivergence()
    {
        var rows = CsvRows.Read("dp_rdp_orders.csv").ToList();
        Assert.Equal(165, rows.Count);
        Assert.All(rows, row =>
        {
            var (rate, noise, order, expected) = (Cell(row, "q"), Cell(row, "noise_multiplier"), Cell(row, "order"), Cell(row, "rdp_one_step"));

            AssertRelative(expected, rate == 1 ? order / (2 * noise * noise) : RenyiAccountant.PoissonDivergence(order, rate, noise), 1e-6);
        });
    }

    private static double Cell(Dictionary<string, string> row, string column) => double.Parse(row[column], System.Globalization.CultureInfo.InvariantCulture);

    private static void AssertRelative(double expected, double actual, double tolerance) => Assert.True(
        expected == actual || Math.Abs(expected - actual) <= tolerance * Math.Abs(expected), $"{actual:R}, expected {expected:R}.");
}
