using Microsoft.Extensions.Logging;

namespace Octomil.Training;

/// <summary>
/// Wakes the open runs when this silo has started and when another one is found dead, so that what was on it does not wait for the next
/// reminder. Every silo does it: to wake a run that goes on already costs a call.
/// </summary>
internal sealed partial class RunWaker(IGrainFactory grains, ISiloStatusOracle silos, ILogger<RunWaker> logger)
    : ILifecycleParticipant<ISiloLifecycle>, ISiloStatusListener
{
    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(RunWaker),
        ServiceLifecycleStage.Last,
        async cancellationToken =>
        {
            silos.SubscribeToSiloStatusEvents(this);
            await WakeAsync().WaitAsync(cancellationToken);
        },
        cancellationToken =>
        {
            silos.UnSubscribeFromSiloStatusEvents(this);
            return Task.CompletedTask;
        });

    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status)
    {
        if (status is SiloStatus.Dead)
        {
            _ = WakeAsync();
        }
    }

    private async Task WakeAsync()
    {
        try
        {
            await grains.GetOpenRuns().WakeAllAsync();
        }
        catch (Exception exception)
        {
            LogNotWoken(logger, exception);
        }
    }

    [LoggerMessage(2080, LogLevel.Warning, "The open runs could not be woken; their reminders will within a minute.")]
    private static partial void LogNotWoken(ILogger logger, Exception exception);
}
