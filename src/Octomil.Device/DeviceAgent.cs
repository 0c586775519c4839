using Microsoft.Extensions.Logging;
using Octomil.Client;
using Octomil.Client.Http;

namespace Octomil.Device;

/// <summary>Opens the data, then takes part until it is told to stop (or the run has ended).</summary>
internal static class DeviceAgent
{
    public static async Task<int> RunAsync(AgentOptions options, AgentEnvironment environment, CancellationToken cancellationToken)
    {
        using var loggers = environment.CreateLoggers(options.Verbose);
        var logger = loggers.CreateLogger("Octomil.Device");
        try
        {
            // Before anything is sent, so that a device without usable data never says that it is there.
            var factory = environment.CreateTrainers(loggers, options.Threads);
            var trainers = options.Models.ToDictionary(model => model.Name, model => factory.Create(model.Data, model.Target));
            using var client = Connect(options, environment, loggers);
            return options.UntilRunEnds
                ? await TrainAsync(client, options.Models[0], trainers.Values.Single(), cancellationToken)
                : await RunForEverAsync(client, trainers, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            AgentLog.Stopped(logger);
            return ExitCodes.Ok;
        }
        catch (OctomilException exception)
        {
            AgentLog.Failed(logger, exception.Detail);
            return exception.IsAuthentication || exception.Code is OctomilException.Unreachable or OctomilException.TimedOut
                ? ExitCodes.Connection
                : ExitCodes.Failed;
        }
        catch (Exception exception) when (exception is not UsageException)
        {
            // The top of the process: data and training libraries fail in many ways, and each is said in one line.
            AgentLog.Failed(logger, exception.Message);
            AgentLog.FailedInFull(logger, exception);
            return ExitCodes.Failed;
        }

        async Task<int> RunForEverAsync(FederatedClient client, IReadOnlyDictionary<string, ILocalTrainer> trainers, CancellationToken token)
        {
            await client.RunAsync(trainers, token);
            return ExitCodes.Ok;
        }

        async Task<int> TrainAsync(FederatedClient client, AgentModel model, ILocalTrainer trainer, CancellationToken token)
        {
            var summary = await client.TrainAsync(
                model.Name, trainer, new TrainingOptions { Timeout = Timeout.InfiniteTimeSpan, TargetColumn = model.Target }, token);
            AgentLog.RunEnded(logger, summary.SessionId, summary.RunStatus ?? "over", summary.RoundsTrained, summary.NewVersion ?? "none");
            return summary.RunStatus is "FAILED" ? ExitCodes.Failed : ExitCodes.Ok;
        }
    }

    private static FederatedClient Connect(AgentOptions options, AgentEnvironment environment, ILoggerFactory loggers)
    {
        try
        {
            return new FederatedClient(options.ApiKey, options.Identifier, new FederatedClientOptions
            {
                ApiBase = options.ApiBase,
                TokenFile = options.TokenFile,
                AppVersion = "octomil-device-" + typeof(DeviceAgent).Assembly.GetName().Version?.ToString(3),
                LoggerFactory = loggers,
                StateFolder = options.StateFolder,
                Clock = environment.Clock,
                VersionFolder = options.VersionFolder,
            });
        }
        catch (ArgumentException exception)
        {
            throw new UsageException(exception.Message);
        }
    }
}
