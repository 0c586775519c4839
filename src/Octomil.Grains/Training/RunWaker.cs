using Microsoft.Extensions.Logging;

namespace Octomil.Training;

/// <summary>
/// Wakes the open runs, and the webhooks with something to deliver, when this silo has started and when another one is found dead, so that
/// what was on it does not wait for the next reminder. Every silo does it: to wake what goes on already costs a call.
/// </summary>
internal sealed partial class RunWaker(IGrainFactory grains, ISiloStatusOracle silos, TimeProvider clock, ILogger<RunWaker> logger)
    : ILifecycleParticipant<ISiloLifecycle>, ISiloStatusListener, IDisposable
{
    // More than once: a silo that has not heard of the death yet sends its part of the news to the dead one, where it is lost. The last
    // ones are for a database that was away as well.
    private static readonly TimeSpan[] _afterADeath = [TimeSpan.Zero, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(10)];

    private readonly CancellationTokenSource _stop = new();

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(RunWaker),
        ServiceLifecycleStage.Last,
        cancellationToken =>
        {
            silos.SubscribeToSiloStatusEvents(this);
            return WakeAsync().WaitAsync(cancellationToken);
        },
        cancellationToken =>
        {
            silos.UnSubscribeFromSiloStatusEvents(this);
            return _stop.CancelAsync();
        });

    public void Dispose() => _stop.Dispose();

    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status)
    {
        if (status is SiloStatus.Dead && !updatedSilo.Equals(silos.SiloAddress))
        {
            _ = WakeAfterADeathAsync(updatedSilo);
        }
    }

    private async Task WakeAfterADeathAsync(SiloAddress dead)
    {
        var stop = _stop.Token;
        LogDeath(logger, dead);

        foreach (var pause in _afterADeath)
        {
            await Task.Delay(pause, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

            if (stop.IsCancellationRequested)
            {
                return;
            }

            await WakeAsync();
        }
    }

    private async Task WakeAsync()
    {
        try
        {
            await grains.GetOpenRuns().WakeAllAsync();
            await grains.GetBusyWebhooks().WakeAllAsync();
        }
        catch (Exception exception)
        {
            LogNotWoken(logger, exception);
        }
    }

    [LoggerMessage(2083, LogLevel.Information, "Silo {Silo} is dead; the open runs are woken.")]
    private static partial void LogDeath(ILogger logger, SiloAddress silo);

    [LoggerMessage(2080, LogLevel.Warning, "The open runs could not be woken now; it is tried again, and their reminders will within a minute.")]
    private static partial void LogNotWoken(ILogger logger, Exception exception);
}
