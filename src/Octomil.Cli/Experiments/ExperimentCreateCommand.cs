using System.CommandLine;

namespace Octomil.Experiments;

internal static class ExperimentCreateCommand
{
    private static readonly string[] _metrics = [ExperimentMetrics.Accuracy, ExperimentMetrics.Loss, ExperimentMetrics.Latency, ExperimentMetrics.ErrorRate];

    private static readonly Argument<string> _name = Inputs.Name("NAME", "The experiment's name");
    private static readonly Option<string?> _model = Inputs.NameOption("--model", "The model's name or id", required: true);
    private static readonly Option<string> _control = Version("--control", "The version to compare with");
    private static readonly Option<string> _treatment = Version("--treatment", "The version on trial");
    private static readonly Option<double?> _split = new("--traffic-split")
    {
        Description = "How much of the experiment's devices get the treatment, as 50 or 10% (default: 50)", HelpName = "P", CustomParser = result => Inputs.Parsed(result, ParseSplit),
    };

    private static readonly Option<double?> _traffic = Inputs.Percentage("--traffic", "How much of your devices take part (default: 100%)");
    private static readonly Option<string?> _group = Inputs.NameOption("--group", "Only devices of this group take part");
    private static readonly Option<string?> _metric = new("--metric")
    {
        Description = $"What decides: {string.Join(", ", _metrics)} (default: accuracy)", HelpName = "METRIC",
        CustomParser = result => Inputs.Checked(result, text => _metrics.Contains(text) ? null : $"'{Printable.Text(text)}' is none of {string.Join(", ", _metrics)}."),
    };

    private static readonly Option<double?> _confidence = new("--confidence")
    {
        Description = "How sure, as 95 or 95% (default: 95%)", HelpName = "P", CustomParser = result => Inputs.Parsed(result, ParseConfidence),
    };

    private static readonly Option<int?> _samples = Inputs.Whole("--min-samples", "Devices that each arm must hear from before anything is called significant (default: 100)", 10, 1_000_000);
    private static readonly Option<double?> _effect = Inputs.Real("--effect", "The difference that the test is most sensitive to, in the metric's own unit", 0, 1e9, above: true);
    private static readonly Option<bool> _wait = new("--no-start") { Description = "Make it, but do not start it" };

    public static Command Create(CommandHost host) => new Command("create", "Compare two versions on your devices, from now on")
        .With(_name, _model, _control, _treatment, _split, _traffic, _group, _metric, _confidence, _samples, _effect, _wait)
        .Runs(host, async (parse, context, cancellationToken) =>
        {
            var answer = await context.Api.PostAsync<ExperimentResponse>(ExperimentPaths.All, RequestOf(parse), cancellationToken);
            if (!parse.GetValue(_wait))
            {
                answer = await context.Api.PostAsync<ExperimentResponse>(ExperimentPaths.Command(answer.Value.Id, "start"), new ChangeExperimentRequest(), cancellationToken);
            }

            context.Show(answer, made => context.Data(ExperimentText.Lines(made)));
            var name = Printable.Text(answer.Value.Name);
            context.Note(parse.GetValue(_wait) ? $"Start it with: octomil experiment start {name}" : $"Follow it with: octomil experiment results {name} --watch");
        });

    private static CreateExperimentRequest RequestOf(ParseResult parse)
    {
        var split = parse.GetValue(_split) ?? 50;
        return new CreateExperimentRequest
        {
            Name = parse.GetRequiredValue(_name),
            ModelId = parse.GetRequiredValue(_model)!,
            TrafficPercentage = parse.GetValue(_traffic),
            MinSampleSize = parse.GetValue(_samples),
            ConfidenceLevel = parse.GetValue(_confidence),
            PrimaryMetric = parse.GetValue(_metric),
            ExpectedEffect = parse.GetValue(_effect),
            Group = parse.GetValue(_group),
            Variants =
            [
                new ExperimentVariantMessage { Name = "control", ModelVersion = parse.GetRequiredValue(_control), TrafficAllocation = Math.Round(100 - split, 2), IsControl = true },
                new ExperimentVariantMessage { Name = "treatment", ModelVersion = parse.GetRequiredValue(_treatment), TrafficAllocation = split },
            ],
        };
    }

    private static Option<string> Version(string name, string description) =>
        new(name) { Description = description, HelpName = "V", Required = true, CustomParser = result => Inputs.Checked(result, Values.CheckVersion) };

    private static (double Value, string? Error) ParseSplit(string text) => Values.ParsePercentage(text) switch
    {
        (_, { } error) => (0, error),
        (>= 1 and <= 99, _) parsed => parsed,
        _ => (0, $"'{text}' leaves an arm without devices; 1 to 99 percent are a split."),
    };

    private static (double Value, string? Error) ParseConfidence(string text) => Values.ParsePercentage(text) switch
    {
        (_, { } error) => (0, error),
        (>= 50 and <= 99.9, _) parsed => (parsed.Value / 100, null),
        _ => (0, $"'{text}' is not a confidence from 50% to 99.9%."),
    };
}
