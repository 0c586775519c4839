using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Octomil.Client.Tables;

namespace Octomil.Models;

/// <summary>Looks at a table on this machine; nothing of it is sent anywhere.</summary>
internal static class ArchitectureCommand
{
    private static readonly JsonSerializerOptions _indented = new() { WriteIndented = true };

    public static Command Create(CommandHost host) => new Command("architecture", "Describe models").With(Infer(host));

    private static Command Infer(CommandHost host)
    {
        var file = new Argument<string>("FILE.csv") { Description = "A table with a header; it is read here and not sent" };
        var target = new Option<string>("--target") { Description = "The column to predict", HelpName = "COL", Required = true };
        var kind = new Option<string>("--kind") { Description = "linear (default) or mlp; a table takes no cnn", HelpName = "KIND", DefaultValueFactory = _ => "linear" };
        kind.AcceptOnlyFromAmong("linear", "mlp", "cnn");
        var outputType = new Option<string?>("--output-type") { Description = "What is predicted (default: as the target's values are)", HelpName = "TYPE" };
        outputType.AcceptOnlyFromAmong("binary", "multiclass", "regression");
        var hidden = Inputs.Text("--hidden", "Widths of an mlp's hidden layers (default 64,32)", "N,N");
        var categories = Inputs.Many("--category", "A column whose numbers are codes; may be repeated", "COL");
        var excluded = Inputs.Many("--exclude", "A column that is no feature; may be repeated", "COL");
        var seed = Inputs.Long("--seed", "Seed of the initial weights (default 1)");
        var output = Inputs.Text("--output", "Where to write (default: standard output)", "FILE.json");

        return new Command("infer", "Write a first architecture for a table").With(file, target, kind, outputType, hidden, categories, excluded, seed, output)
            .Runs(host, async (parse, context, cancellationToken) =>
            {
                var options = new ArchitectureInferenceOptions
                {
                    Kind = parse.GetRequiredValue(kind),
                    OutputType = parse.GetValue(outputType),
                    Hidden = ParseHidden(parse.GetValue(hidden), parse.GetRequiredValue(kind)),
                    Categories = parse.GetValue(categories) ?? [],
                    Excluded = parse.GetValue(excluded) ?? [],
                    Seed = parse.GetValue(seed) ?? 1,
                };
                var inferred = InferFrom(parse.GetRequiredValue(file), parse.GetRequiredValue(target), options);
                await WriteAsync(context, inferred, parse.GetValue(output), cancellationToken);
            });
    }

    private static InferredArchitecture InferFrom(string path, string target, ArchitectureInferenceOptions options)
    {
        if (!File.Exists(path))
        {
            throw CommandFailureException.Usage($"There is no file {path}.");
        }

        try
        {
            return ArchitectureInference.FromCsv(path, target, options);
        }
        catch (Exception unusable) when (unusable is DataException or IOException or UnauthorizedAccessException)
        {
            throw new CommandFailureException(ExitCodes.Refused, Printable.Text(unusable.Message), inner: unusable);
        }
    }

    private static async Task WriteAsync(CommandContext context, InferredArchitecture inferred, string? output, CancellationToken cancellationToken)
    {
        var json = inferred.Architecture.ToJsonString(_indented);
        foreach (var note in inferred.Notes)
        {
            context.Note($"note: {Printable.Text(note)}");
        }

        if (output is null)
        {
            context.Data(json);
            return;
        }

        try
        {
            await File.WriteAllTextAsync(output, json + "\n", cancellationToken);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailureException(ExitCodes.Refused, $"{output} cannot be written: {unwritable.Message}", inner: unwritable);
        }

        if (context.Json)
        {
            context.Data(json);
        }

        context.Note($"Wrote {output}. Look it over, then: octomil push --architecture {output} --model NAME --version 1.0.0");
    }

    private static int[] ParseHidden(string? text, string kind)
    {
        if (text is null)
        {
            return [];
        }

        if (kind != "mlp")
        {
            throw CommandFailureException.Usage("--hidden belongs to --kind mlp.");
        }

        return [.. text.Split(',').Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var width) && width > 0
            ? width
            : throw CommandFailureException.Usage($"--hidden: '{text}' is not a list of widths like 64,32."))];
    }
}
