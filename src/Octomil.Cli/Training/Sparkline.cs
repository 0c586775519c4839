namespace Octomil.Training;

/// <summary>Values as a line of bars from the smallest to the largest; longer histories are thinned to the width, keeping the last.</summary>
internal static class Sparkline
{
    private const string Unicode = "▁▂▃▄▅▆▇█";
    private const string Ascii = "_.-=+*%#";

    public static string Of(IReadOnlyList<double> values, int width, bool unicode)
    {
        var finite = values.Where(double.IsFinite).ToArray();
        if (finite.Length == 0 || width < 1)
        {
            return "";
        }

        var shown = Thin(finite, width);
        var (low, high) = (shown.Min(), shown.Max());
        var bars = unicode ? Unicode : Ascii;
        return string.Concat(shown.Select(value =>
            bars[high > low ? (int)Math.Round((value - low) / (high - low) * (bars.Length - 1)) : bars.Length / 2]));
    }

    private static double[] Thin(double[] values, int width)
    {
        if (values.Length <= width)
        {
            return values;
        }

        return [.. Enumerable.Range(1, width).Select(step => values[(int)((long)step * values.Length / width) - 1])];
    }
}
