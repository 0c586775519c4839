using System.CommandLine;
using Octomil.Client.Http;
using Octomil.Client.Versions;
using Octomil.Inference.Models;
using CommandInputs = Octomil.Inputs;

namespace Octomil.Inference;

/// <summary><c>octomil serve</c>: the version that this device should run, on the OpenAI-style API, until it is interrupted.</summary>
internal static class ServeCommand
{
    private static readonly TimeSpan PatienceForAVersion = TimeSpan.FromSeconds(5);

    public static Command Create(CommandHost host)
    {
        var model = CommandInputs.Name("MODEL", "The model's name or id");
        var port = CommandInputs.Whole("--port", "Port to listen on (default: 8080; 0: any free one)", 0, 65535);
        var address = CommandInputs.Text("--host", "Address to listen on (default: 127.0.0.1, this machine alone; there is no key)", "ADDRESS");
        var device = CommandInputs.NameOption("--device", "This device's name in its organization (default: the machine's name)");
        var folder = CommandInputs.Text("--folder", "Where versions are kept (default: ~/.octomil/versions)", "FOLDER");
        var tokens = CommandInputs.Text("--token-file", "Tokens of this device in the place of a key (octomil devices token); renewed in the file", "FILE");
        var file = CommandInputs.Text("--file", "Serve this ONNX file (octomil pull --format onnx) and ask the service for nothing", "FILE");
        return new Command("serve", "Answer questions locally with the version that this device should run").With(model, port, address, device, folder, tokens, file)
            .Runs(host, (parse, context, cancellationToken) =>
            {
                var server = new InferenceServerOptions { Port = parse.GetValue(port) ?? 8080, Host = parse.GetValue(address) ?? "127.0.0.1" };
                return parse.GetValue(file) is { } path
                    ? ServeFileAsync(context, server, path, parse.GetRequiredValue(model), cancellationToken)
                    : ServeAsync(context, new ModelServingOptions
                    {
                        Model = parse.GetRequiredValue(model),
                        ApiKey = parse.GetValue(tokens) is null ? context.FindApiKey() : null,
                        TokenFile = parse.GetValue(tokens),
                        ApiBase = context.FindApiBase().AbsoluteUri,
                        DeviceIdentifier = parse.GetValue(device) ?? Environment.MachineName.ToLowerInvariant(),
                        VersionFolder = parse.GetValue(folder) ?? Path.Combine(context.Environment.HomeFolder, ".octomil", "versions"),
                        Server = server,
                    }, cancellationToken);
            });
    }

    private static async Task ServeAsync(CommandContext context, ModelServingOptions options, CancellationToken cancellationToken)
    {
        options.VersionServed = version => context.Note($"{Printable.Text(options.Model)} {Printable.Text(version)} answers now.");
        await using var serving = await StartedAsync(options.Server, () => ModelServing.StartAsync(options, cancellationToken));
        Announce(context, options.Model, serving.Address);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var hint = HintAsync(context, options, () => serving.Version, stop.Token);
        try
        {
            await serving.RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            context.Note("Stopped.");
        }
        catch (OctomilException exception)
        {
            throw new CommandFailureException(ExitCodes.Connection, exception.Message, HintFor(exception), exception);
        }
        finally
        {
            await stop.CancelAsync();
            await hint;
        }
    }

    private static string HintFor(OctomilException exception) => exception.Code is ErrorCodes.WrongDevice
        ? "--device NAME must be the device whose tokens or certificate it is"
        : "the key must have the scope devices:write";

    private static async Task ServeFileAsync(
        CommandContext context, InferenceServerOptions options, string path, string model, CancellationToken cancellationToken)
    {
        await using var server = await StartedAsync(options, () => InferenceServer.StartAsync(options, new InferenceTelemetry(), cancellationToken));
        try
        {
            server.Use(path, $"the file {path}");
        }
        catch (ModelFileException exception)
        {
            throw new CommandFailureException(ExitCodes.Refused, exception.Message, inner: exception);
        }

        if (server.Model != model)
        {
            throw CommandFailureException.Usage($"{path} is {server.Model}, not {model}.");
        }

        Announce(context, $"{model} {server.Version}", server.Address);
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            context.Note("Stopped.");
        }
    }

    private static async Task<T> StartedAsync<T>(InferenceServerOptions options, Func<Task<T>> start)
    {
        try
        {
            return await start();
        }
        catch (IOException exception)
        {
            throw new CommandFailureException(
                ExitCodes.Refused, $"{options.Host}:{options.Port} cannot be listened on: {exception.Message}", "take another port with --port", exception);
        }
        catch (InvalidDataException exception)
        {
            throw new CommandFailureException(ExitCodes.Refused, exception.Message, inner: exception);
        }
    }

    private static void Announce(CommandContext context, string what, string address)
    {
        if (context.Json)
        {
            context.Data(System.Text.Json.JsonSerializer.Serialize(new { address, base_url = address + "/v1" }));
        }
        else
        {
            context.Data($"Serving {Printable.Text(what)} on {address}/v1");
        }
    }

    // A device that nothing is deployed to waits for ever, which looks like a fault.
    private static async Task HintAsync(CommandContext context, ModelServingOptions options, Func<string?> version, CancellationToken cancellationToken)
    {
        await Task.Delay(PatienceForAVersion, context.Environment.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!cancellationToken.IsCancellationRequested && version() is null)
        {
            context.Note($"No version of {options.Model} has come to {options.DeviceIdentifier} yet. Deploy one: octomil deploy {options.Model} --version VERSION --rollout 100%");
        }
    }
}
