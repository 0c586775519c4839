using System.CommandLine;
using System.Globalization;

namespace Octomil.Models;

/// <summary>Two versions side by side.</summary>
internal static class CompareCommand
{
    public static Command Create(CommandHost host)
    {
        var name = Inputs.Name("NAME", "The model's name or id");
        var from = Inputs.Name("FROM", "The version to measure from, or an alias");
        var to = Inputs.Name("TO", "The version to compare with it, or an alias");
        return new Command("compare", "Compare two versions: metrics, lineage, and how far the weights are apart").With(name, from, to)
            .Runs(host, async (parse, context, cancellationToken) =>
            {
                var path = ApiClient.Path($"models/{parse.GetRequiredValue(name)}/versions/{parse.GetRequiredValue(from)}/compare/{parse.GetRequiredValue(to)}");
                context.Show(await context.Api.GetAsync<VersionComparisonResponse>(path, cancellationToken), comparison => Show(context, comparison));
            });
    }

    private static void Show(CommandContext context, VersionComparisonResponse comparison)
    {
        var facts = TextTable.WithHeader("", comparison.From.Version, comparison.To.Version, "DIFFERENCE");
        facts.Add("status", comparison.From.Status, comparison.To.Status, null);
        facts.Add("created", Printable.Time(comparison.From.CreatedAt), Printable.Time(comparison.To.CreatedAt), null);
        facts.Add("from", Origin(comparison.From), Origin(comparison.To), null);
        facts.Add("architecture", null, null, comparison.ArchitectureDiffers ? "differs" : "the same");
        foreach (var (name, metric) in comparison.Metrics)
        {
            facts.Add(name, Metric(metric.From), Metric(metric.To), Signed(metric.Difference));
        }

        context.Data(facts.Lines());
        context.Data("");
        var tensors = TextTable.WithHeader("TENSOR", "SHAPE", ">NORM", ">L2 DIFFERENCE", ">RELATIVE", ">LARGEST", ">CHANGED");
        foreach (var tensor in comparison.Tensors)
        {
            Add(tensors, tensor.Name, $"[{string.Join(", ", tensor.Shape)}]", tensor);
        }

        Add(tensors, "(all trained)", "", comparison.Difference);
        context.Data(tensors.Lines());
    }

    private static void Add(TextTable table, string name, string shape, WeightsDifference difference) => table.Add(
        name, shape, Number(difference.Norm), Number(difference.L2),
        difference.Relative is { } relative ? relative.ToString("0.###%", CultureInfo.InvariantCulture) : "-",
        Number(difference.MaxAbs), difference.Changed.ToString(CultureInfo.InvariantCulture));

    private static string Origin(ModelVersionResponse version) => version.Lineage is { } lineage
        ? $"{lineage.BaseVersion}, {Printable.Count(lineage.Rounds, "round")} of {lineage.Strategy}"
        : "pushed";

    private static string? Metric(double? value) => Printable.Number(value, "0.####");

    private static string? Signed(double? value) => Printable.Number(value, "+0.####;-0.####;0");

    private static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
