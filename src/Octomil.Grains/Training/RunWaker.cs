using Microsoft.Extensions.Logging;

namespace Octomil.Training;

/// <summary>Wakes the open runs when a silo has started, so that they do not wait for the next reminder.</summary>
internal sealed partial class RunWaker(IGrainFactory grains, ILogger<RunWaker> logger) : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(RunWaker), ServiceLifecycleStage.Last, WakeAsync);

    private async Task WakeAsync(CancellationToken cancellationToken)
    {
        try
        {
            await grains.GetOpenRuns().WakeAllAsync();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogNotWoken(logger, exception);
        }
    }

    [LoggerMessage(2080, LogLevel.Warning, "The open runs could not be woken; their reminders will within a minute.")]
    private static partial void LogNotWoken(ILogger logger, Exception exception);
}
