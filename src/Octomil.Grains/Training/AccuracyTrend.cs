using System.Collections.Immutable;

namespace Octomil.Training;

/// <summary>One word for where the accuracy of the last rounds goes.</summary>
internal static class AccuracyTrend
{
    private const int Window = 3;

    // Less than this between the means of two windows is noise of the hold-outs.
    private const double Flat = 0.002;

    /// <summary>Compares the mean of the last rounds (up to three) with the mean of as many before them; null with fewer than two.</summary>
    public static string? Of(ImmutableArray<ClosedRound> history)
    {
        var accuracies = history.Where(round => round.Accuracy is not null).Select(round => round.Accuracy!.Value).ToList();

        if (accuracies.Count < 2)
        {
            return null;
        }

        var window = Math.Min(Window, accuracies.Count / 2);
        var difference = accuracies[^window..].Average() - accuracies[^(2 * window)..^window].Average();
        return difference > Flat ? "improving" : difference < -Flat ? "declining" : "flat";
    }
}
