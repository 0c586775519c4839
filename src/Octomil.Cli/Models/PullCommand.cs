using System.CommandLine;
using System.Text.Json;

namespace Octomil.Models;

internal static class PullCommand
{
    public static Command Create(CommandHost host)
    {
        var name = Inputs.Name("NAME", "The model's name or id");
        var version = new Option<string?>("--version")
        {
            Description = "The version, or an alias of it (default: the latest)",
            HelpName = "VERSION",
            CustomParser = result => Inputs.Checked(result, Values.CheckName),
        };
        var format = new Option<string>("--format")
        {
            Description = "safetensors, pytorch or onnx",
            HelpName = "FORMAT",
            DefaultValueFactory = _ => "safetensors",
        };
        format.CompletionSources.Add("safetensors", "pytorch", "onnx");
        var output = Inputs.Text("--output", "Where to write (default: NAME-VERSION with the format's ending, here)", "FILE");

        return new Command("pull", "Download a model version").With(name, version, format, output)
            .Runs(host, (parse, context, cancellationToken) =>
                PullAsync(context, parse.GetRequiredValue(name), parse.GetValue(version), parse.GetRequiredValue(format), parse.GetValue(output), cancellationToken));
    }

    private static async Task PullAsync(
        CommandContext context, string model, string? wanted, string format, string? output, CancellationToken cancellationToken)
    {
        var version = wanted ?? (await context.Api.GetAsync<LatestVersionResponse>(
            ApiClient.Path($"models/{model}/versions/latest"), cancellationToken)).Value.Version;
        var target = Path.GetFullPath(output ?? $"{model}-{version}.{ExtensionOf(format)}");
        if (Directory.Exists(target) || !Directory.Exists(Path.GetDirectoryName(target)))
        {
            throw CommandFailureException.Usage($"{target} cannot be written: a file in a folder that exists is expected.");
        }

        using var guard = new StallGuard(ApiClient.Patience, context.Environment.Time, cancellationToken);
        using var response = await context.Api.OpenAsync(
            ApiClient.Path($"models/{model}/versions/{version}/download?format={format}"), "*/*", guard);
        var download = new Download(context.Api, response, guard);
        var sha256 = await Transfers.ShowAsync(
            context, $"{model} {version}", download.Length, progress => download.SaveAsync(target, progress));

        Report(context, new Pulled(model, version, format, target, new FileInfo(target).Length, sha256, download.Verified));
    }

    private static void Report(CommandContext context, Pulled pulled)
    {
        if (context.Json)
        {
            context.Data(JsonSerializer.Serialize(pulled, ContractJson.Options));
        }
        else
        {
            context.Data($"Pulled {Printable.Text(pulled.Model)} {Printable.Text(pulled.Version)} to {pulled.File} ({Printable.Bytes(pulled.Bytes)})");
            context.Data($"  sha256 {pulled.Sha256}");
        }

        if (!pulled.Verified)
        {
            context.Note("The service gave no checksum, so the file could not be verified.");
        }
    }

    private static string ExtensionOf(string format) => format switch
    {
        "pytorch" => "pt",
        _ => format,
    };

    private sealed record Pulled(string Model, string Version, string Format, string File, long Bytes, string Sha256, bool Verified);
}
