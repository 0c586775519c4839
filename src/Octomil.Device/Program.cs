using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Octomil.Client.Training;
using Octomil.Device;

// Some work cannot be interrupted, such as loading libtorch on a busy machine: it is not waited for longer than this.
var longestStop = TimeSpan.FromSeconds(6);

using var stop = new CancellationTokenSource();
Timer? limit = null;
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
var environment = new AgentEnvironment(
    Environment.GetEnvironmentVariable,
    Console.Out,
    Console.Error,
    CreateLoggers,
    (loggers, threads) => new LocalDataTrainerFactory(loggers.CreateLogger<LocalDataTrainer>(), threads));

return await AgentCommand.RunAsync(args, environment, stop.Token);

static ILoggerFactory CreateLoggers(bool verbose) => LoggerFactory.Create(logging => logging
    .SetMinimumLevel(verbose ? LogLevel.Debug : LogLevel.Information)
    .AddSimpleConsole(console =>
    {
        console.SingleLine = true;
        console.UseUtcTimestamp = true;
        console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss'Z' ";
        console.ColorBehavior = LoggerColorBehavior.Default;
    }));

void Stop(PosixSignalContext signal)
{
    // The first signal ends the work cleanly; a second one ends the process at once, as the system does it.
    signal.Cancel = !stop.IsCancellationRequested;
    if (signal.Cancel)
    {
        var code = signal.Signal is PosixSignal.SIGINT ? ExitCodes.Interrupted : ExitCodes.Terminated;
        limit = new Timer(_ => Environment.Exit(code), null, longestStop, Timeout.InfiniteTimeSpan);
    }

    stop.Cancel();
}
