using System.Globalization;

namespace Octomil.Deployments;

/// <summary>Percentages of the wire, and hundredths of a percent inside.</summary>
internal static class Percentages
{
    public static FieldChecks Percentage(this FieldChecks checks, string field, double? percentage, bool above = false) => checks.Require(
        percentage is null || (percentage is >= 0 and <= 100 && (!above || percentage > 0) && Math.Abs((percentage.Value * 100) - Math.Round(percentage.Value * 100)) < 1e-6),
        field, $"must be a percentage {(above ? "above 0 and up" : "from 0")} to 100 with at most two decimals, such as 10");

    public static int? ToBasisPoints(double? percentage) => percentage is { } given ? (int)Math.Round(given * 100) : null;

    public static double OfBasisPoints(int basisPoints) => basisPoints / 100.0;

    public static string Text(int basisPoints) => string.Create(CultureInfo.InvariantCulture, $"{OfBasisPoints(basisPoints):0.##}%");
}
