using System.Globalization;
using System.Text;

namespace Octomil.Benchmarks;

/// <summary>Draws a <see cref="PrivacyCurve"/> as SVG that reads well on light and on dark pages.</summary>
internal static class PrivacyPicture
{
    private const double Width = 720;
    private const double Height = 400;
    private const double Left = 70;
    private const double Right = 690;
    private const double Top = 60;
    private const double Bottom = 330;
    private const double LowestShown = 0.4;
    private const double HighestShown = 0.9;

    private const string Style = """
        <style>
        text { font: 14px system-ui, sans-serif; fill: #24292f }
        .title { font-size: 16px; font-weight: 600 }
        .axis { stroke: #8c959f }
        .grid { stroke: #8c959f; stroke-opacity: .25 }
        .curve { stroke: #0969da; stroke-width: 2.5; fill: none }
        .dot { fill: #0969da }
        .reference { stroke: #57606a; stroke-width: 1.5; stroke-dasharray: 6 4 }
        @media (prefers-color-scheme: dark) {
        text { fill: #e6edf3 } .curve { stroke: #58a6ff } .dot { fill: #58a6ff } .reference { stroke: #9ea7b3 } }
        </style>
        """;

    public static string Draw(PrivacyCurve curve)
    {
        var svg = new StringBuilder();
        Line(svg, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" role="img" aria-label="Accuracy by privacy budget">""");
        svg.Append(Style).Append('\n');
        Text(svg, Left, 30, "start", "Heart disease, four hospitals of 20 devices: accuracy by privacy budget", "title");
        Axes(svg, curve);
        Reference(svg, curve.NotPrivate.Mean, "no privacy");
        Reference(svg, curve.Majority, "always the more frequent class");
        Curve(svg, curve.Private);
        svg.Append("</svg>\n");
        return svg.ToString();
    }

    private static void Axes(StringBuilder svg, PrivacyCurve curve)
    {
        for (var tick = LowestShown; tick < HighestShown + 0.05; tick += 0.1)
        {
            Line(svg, $"""<line class="grid" x1="{Left}" x2="{Right}" y1="{Y(tick):0.#}" y2="{Y(tick):0.#}"/>""");
            Text(svg, Left - 10, Y(tick) + 5, "end", string.Create(CultureInfo.InvariantCulture, $"{tick:0%}"));
        }

        Line(svg, $"""<line class="axis" x1="{Left}" x2="{Right}" y1="{Bottom}" y2="{Bottom}"/>""");
        foreach (var (index, point) in curve.Private.Index())
        {
            Text(svg, X(index, curve.Private.Count), Bottom + 22, "middle", string.Create(CultureInfo.InvariantCulture, $"{point.Epsilon}"));
        }

        Text(svg, (Left + Right) / 2, Bottom + 50, "middle", "epsilon of the whole run, for each hospital, at delta 1e-5 (bars: one standard deviation)");
    }

    private static void Reference(StringBuilder svg, double accuracy, string label)
    {
        Line(svg, $"""<line class="reference" x1="{Left}" x2="{Right}" y1="{Y(accuracy):0.#}" y2="{Y(accuracy):0.#}"/>""");
        Text(svg, Left + 8, Y(accuracy) - 7, "start", string.Create(CultureInfo.InvariantCulture, $"{label} {accuracy:0.0%}"));
    }

    private static void Curve(StringBuilder svg, IReadOnlyList<PrivacyPoint> points)
    {
        var path = string.Join(' ', points.Select((point, index) => string.Create(CultureInfo.InvariantCulture, $"{X(index, points.Count):0.#},{Y(point.Mean):0.#}")));
        Line(svg, $"""<polyline class="curve" points="{path}"/>""");
        foreach (var (index, point) in points.Index())
        {
            var x = X(index, points.Count);
            Line(svg, $"""<line class="curve" x1="{x:0.#}" x2="{x:0.#}" y1="{Y(point.Mean - point.Deviation):0.#}" y2="{Y(point.Mean + point.Deviation):0.#}"/>""");
            Line(svg, $"""<circle class="dot" cx="{x:0.#}" cy="{Y(point.Mean):0.#}" r="5"/>""");
            Text(svg, x + 10, Y(point.Mean) + 20, "start", string.Create(CultureInfo.InvariantCulture, $"{point.Mean:0.0%}"));
        }
    }

    private static double X(int index, int count) => Left + ((index + 0.5) * (Right - Left) / count);

    private static double Y(double accuracy) => Bottom - ((accuracy - LowestShown) / (HighestShown - LowestShown) * (Bottom - Top));

    private static void Text(StringBuilder svg, double x, double y, string anchor, string text, string style = "label") =>
        Line(svg, $"""<text class="{style}" x="{x:0.#}" y="{y:0.#}" text-anchor="{anchor}">{text}</text>""");

    private static void Line(StringBuilder svg, FormattableString markup) => svg.Append(markup.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
