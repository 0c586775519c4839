using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Octomil.Storage;

namespace Octomil.Training;

/// <summary>
/// Asks every round of which there is something in storage whether it is over, and has it delete what a crash or a late fold has
/// left; then collects weights. The round decides by its row: a checkpoint that is written and not yet registered is not garbage.
/// </summary>
internal sealed partial class RoundSweep(
    IGrainFactory grains, IPayloadStore payloads, WeightsSweep weights, IOptions<RoundOptions> options, TimeProvider clock, ILogger<RoundSweep> logger)
    : ILifecycleParticipant<ISiloLifecycle>, IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _sweeping = Task.CompletedTask;

    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(RoundSweep), ServiceLifecycleStage.Last, StartAsync, StopAsync);

    public void Dispose() => _stop.Dispose();

    private Task StartAsync(CancellationToken cancellationToken)
    {
        _sweeping = Task.Run(SweepOftenAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await _sweeping.WaitAsync(cancellationToken);
    }

    private async Task SweepOftenAsync()
    {
        using var timer = new PeriodicTimer(options.Value.SweepInterval, clock);

        try
        {
            do
            {
                await SweepAsync();
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException)
        {
            // The silo stops.
        }
    }

    private async Task SweepAsync()
    {
        try
        {
            // One after the other: there is no hurry, and the rounds that are open need the disk.
            await foreach (var roundId in payloads.ListRoundsAsync(_stop.Token))
            {
                await SweepAsync(roundId);
            }

            await weights.SweepAsync(_stop.Token);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Top of the loop: the next sweep looks again.
            LogNotSwept(logger, exception, "all rounds");
        }
    }

    // What stands in the way of one round must not keep the others from being swept.
    private async Task SweepAsync(string roundId)
    {
        try
        {
            await grains.GetRound(roundId).SweepAsync();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogNotSwept(logger, exception, roundId);
        }
    }

    [LoggerMessage(2081, LogLevel.Warning, "Storage was not looked through for what {RoundId} left behind; it is tried again later.")]
    private static partial void LogNotSwept(ILogger logger, Exception exception, string roundId);
}
