using System.CommandLine;
using System.Globalization;
using Octomil.Client.Tables;
using Octomil.Client.Training;
using Octomil.Client.Training.Tables;
using Octomil.Learning.Aggregation;
using Octomil.Learning.Architectures;
using Octomil.Learning.Weights;

namespace Octomil.Device;

/// <summary>
/// <c>octomil-device compare</c>: what federating brought. Evaluates a version on rows that nobody trained with, beside models of the
/// same architecture that were trained here on one table each.
/// </summary>
internal static class CompareCommand
{
    private static readonly Option<FileInfo> Weights = new("--weights") { Description = "The version's safetensors file (octomil pull)", HelpName = "FILE", Required = true };
    private static readonly Option<FileInfo> Shape = new("--architecture") { Description = "The model's architecture (JSON)", HelpName = "FILE", Required = true };
    private static readonly Option<string> Test = new("--test") { Description = "Table to evaluate on", HelpName = "CSV", Required = true };
    private static readonly Option<string[]> Baselines = new("--baseline") { Description = "A table to train on alone, with a name for it; may be repeated", HelpName = "NAME=CSV" };
    private static readonly Option<int> Epochs = new("--epochs") { Description = "Epochs of a baseline", HelpName = "N", DefaultValueFactory = _ => 100 };

    public static Command Create(AgentEnvironment environment)
    {
        var command = new Command("compare", "Evaluate a version beside models trained here on single tables") { Weights, Shape, Test, Baselines, Epochs };
        command.SetAction(async (parse, cancellationToken) =>
        {
            try
            {
                return await RunAsync(parse, environment, cancellationToken);
            }
            catch (Exception exception) when (exception is DataException or ArchitectureException or WeightsFormatException or IOException)
            {
                await environment.Error.WriteLineAsync($"octomil-device: {exception.Message}");
                return ExitCodes.Failed;
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parse, AgentEnvironment environment, CancellationToken cancellationToken)
    {
        var architecture = Architecture.Parse(await File.ReadAllTextAsync(parse.GetRequiredValue(Shape).FullName, cancellationToken));
        var trainer = new TorchTrainer(architecture);
        var test = TabularData.Load(parse.GetRequiredValue(Test), architecture, cancellationToken: cancellationToken);
        await using var file = parse.GetRequiredValue(Weights).OpenRead();
        var version = await ModelWeights.LoadAsync(file, cancellationToken);

        await environment.Output.WriteLineAsync($"On {test.Rows} rows that nobody trained with:");
        await WriteAsync(environment, "federated", trainer.Evaluate(version, test, cancellationToken: cancellationToken));

        foreach (var (name, path) in (parse.GetValue(Baselines) ?? []).Select(ReadBaseline))
        {
            var alone = TrainAlone(trainer, architecture, path, parse.GetValue(Epochs), cancellationToken);
            await WriteAsync(environment, name, trainer.Evaluate(alone, test, cancellationToken: cancellationToken));
        }

        return ExitCodes.Ok;
    }

    private static (string Name, string Path) ReadBaseline(string text) => text.Split('=', 2) is [var name, var path]
        ? (name, path)
        : throw new UsageException($"--baseline wants NAME=CSV, not '{text}'.");

    // From the same start as the federated model, with the scale of its own data.
    private static ModelWeights TrainAlone(TorchTrainer trainer, Architecture architecture, string path, int epochs, CancellationToken cancellationToken)
    {
        var data = TabularData.Load(path, architecture, cancellationToken: cancellationToken);
        var start = InputScaling.FromStatistics(architecture, new InputStatistics(data.Rows, data.ComputeStatistics())).ApplyTo(architecture.Initialize());
        var trained = trainer.Train(start, data, new LocalTrainingOptions { Epochs = epochs, Holdout = 0 }, cancellationToken: cancellationToken);
        return start.WithTrained([.. start.Trained.Zip(trained.Difference, (value, difference) => value + difference)]);
    }

    private static Task WriteAsync(AgentEnvironment environment, string name, Evaluation result) => environment.Output.WriteLineAsync(
        string.Create(CultureInfo.InvariantCulture, $"  {name,-28}{Shown("accuracy", result.Accuracy)}{Shown("AUC", result.Auc)}{Shown("R2", result.R2)}"));

    private static string Shown(string name, double? value) =>
        value is null ? "" : string.Create(CultureInfo.InvariantCulture, $"  {name} {value:F3}");
}
