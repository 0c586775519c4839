using Microsoft.Extensions.Logging;

namespace Octomil.Devices;

/// <summary>
/// What a dead silo knew of who is connected, it knew in memory only. The others tell again of the devices connected to them, so that
/// the next round need not wait for their heartbeats.
/// </summary>
internal sealed partial class DeviceReturn(
    DeviceConnections connections, IGrainFactory grains, ISiloStatusOracle silos, TimeProvider clock, ILogger<DeviceReturn> logger)
    : ILifecycleParticipant<ISiloLifecycle>, ISiloStatusListener
{
    private const int AtOnce = 64;

    // Until then every silo has heard of the death.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(DeviceReturn),
        ServiceLifecycleStage.Last,
        _ =>
        {
            silos.SubscribeToSiloStatusEvents(this);
            return Task.CompletedTask;
        },
        _ =>
        {
            silos.UnSubscribeFromSiloStatusEvents(this);
            return Task.CompletedTask;
        });

    public void SiloStatusChangeNotification(SiloAddress updatedSilo, SiloStatus status)
    {
        if (status is SiloStatus.Dead && !updatedSilo.Equals(silos.SiloAddress))
        {
            _ = TellAgainAsync(updatedSilo);
        }
    }

    private async Task TellAgainAsync(SiloAddress dead)
    {
        await Task.Delay(_patience, clock);
        var (told, failed) = (0, 0);

        await Parallel.ForEachAsync(connections.Devices(), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (device, _) =>
        {
            try
            {
                await grains.GetDevice(device.Id).SeenAsync(device.OrganizationId, silos.SiloAddress, reported: null);
                Interlocked.Increment(ref told);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // Its next heartbeat tells the same.
                Interlocked.Increment(ref failed);
                LogNotTold(logger, exception, device.Id);
            }
        });
        LogToldAgain(logger, told, failed, dead);
    }

    [LoggerMessage(6210, LogLevel.Information, "Told the directory again of {Told} devices connected here ({Failed} failed), as {Silo} is dead.")]
    private static partial void LogToldAgain(ILogger logger, int told, int failed, SiloAddress silo);

    [LoggerMessage(6211, LogLevel.Debug, "The directory was not told again of {DeviceId}.")]
    private static partial void LogNotTold(ILogger logger, Exception exception, string deviceId);
}
