using System.CommandLine;
using System.Net;
using System.Text.Json;

namespace Octomil.Models;

internal static class PushCommand
{
    public static Command Create(CommandHost host)
    {
        var path = new Argument<string?>("PATH")
        {
            Description = "The weights: safetensors, or a PyTorch state_dict; without it the service makes seeded initial weights from --architecture",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var model = Inputs.NameOption("--model", "The model; it is created when it is new", required: true);
        var version = new Option<string?>("--version")
        {
            Description = "The new version, like 1.0.0",
            HelpName = "VERSION",
            Required = true,
            CustomParser = result => Inputs.Checked(result, Values.CheckVersion),
        };
        var architecture = Inputs.Text("--architecture", "A file that describes the model as JSON", "FILE.json");
        var description = Inputs.Text("--description", "What is new in this version");

        return new Command("push", "Upload a model version").With(path, model, version, architecture, description)
            .Runs(host, async (parse, context, cancellationToken) =>
            {
                var push = new PushedVersion
                {
                    Model = parse.GetRequiredValue(model)!,
                    Version = parse.GetRequiredValue(version)!,
                    Description = parse.GetValue(description),
                    Architecture = await ReadArchitectureAsync(parse.GetValue(architecture), cancellationToken),
                    Weights = FindWeights(parse.GetValue(path)),
                };
                if (push.Weights is null && push.Architecture is null)
                {
                    throw CommandFailureException.Usage("There is nothing to push.", "give the file of the weights, or --architecture FILE.json");
                }

                await PushAsync(context, push, cancellationToken);
            });
    }

    private static async Task PushAsync(CommandContext context, PushedVersion push, CancellationToken cancellationToken)
    {
        var modelId = await FindOrCreateAsync(context, push.Model, cancellationToken);
        using var guard = new StallGuard(ApiClient.Patience, context.Environment.Time, cancellationToken);
        var answer = await Transfers.ShowAsync(context, $"{push.Model} {push.Version}", push.Weights?.Length, async progress =>
        {
            using var content = push.ToContent(bytes =>
            {
                guard.Progressed();
                progress(bytes);
            });
            return await context.Api.SendAsync<UploadVersionResponse>(
                HttpMethod.Post, ApiClient.Path($"models/{modelId}/versions/upload"), content, guard);
        });

        context.Show(answer, uploaded =>
        {
            context.Data($"Pushed {Printable.Text(push.Model)} {Printable.Text(uploaded.Version)} ({modelId})");
            context.Data(uploaded.Checksums.Select(checksum => $"  {Printable.Text(checksum.Key)}  sha256 {Printable.Text(checksum.Value)}"));
        });
    }

    private static async Task<string> FindOrCreateAsync(CommandContext context, string name, CancellationToken cancellationToken)
    {
        try
        {
            return (await context.Api.GetAsync<ModelResponse>(ApiClient.Path($"models/{name}"), cancellationToken)).Value.Id;
        }
        catch (CommandFailureException missing) when (missing.Status == HttpStatusCode.NotFound)
        {
            var created = await context.Api.PostAsync<ModelCreated>("models", new CreateModelRequest { Name = name }, cancellationToken);
            context.Note($"Created the model {Printable.Text(name)}.");
            return created.Value.Id;
        }
    }

    private static FileInfo? FindWeights(string? path)
    {
        if (path is null)
        {
            return null;
        }

        var file = new FileInfo(path);
        return file.Exists ? file : throw CommandFailureException.Usage($"There is no file {path}.");
    }

    private static async Task<string?> ReadArchitectureAsync(string? path, CancellationToken cancellationToken)
    {
        if (path is null)
        {
            return null;
        }

        try
        {
            var text = await File.ReadAllTextAsync(path, cancellationToken);
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? JsonSerializer.Serialize(document.RootElement)
                : throw CommandFailureException.Usage($"{path} is not an architecture: a JSON object is expected.");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new CommandFailureException(
                ExitCodes.Usage, $"The architecture in {path} cannot be read: {unreadable.Message}", inner: unreadable);
        }
    }

    // The answer promises no more than the id.
    private sealed record ModelCreated
    {
        public required string Id { get; init; }
    }
}
