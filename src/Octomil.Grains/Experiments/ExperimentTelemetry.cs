using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Octomil.Deployments;

namespace Octomil.Experiments;

/// <summary>Gathers on this silo what devices of experiments measure and writes it once a second, each device once.</summary>
internal sealed partial class ExperimentTelemetry(
    IVersionRules rules, IExperimentObservations table, TimeProvider clock, ILogger<ExperimentTelemetry> logger) : BackgroundService, IExperimentTelemetry
{
    private const int BatchSize = 1000;

    // A database that takes nothing for so long loses what more devices say, rather than the silo its memory.
    private const int MostWaiting = 200_000;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private Dictionary<(string ExperimentId, string DeviceId), DeviceObservation> _waiting = [];

    public async ValueTask AddAsync(ReportingDevice device, string modelId, string version, DeviceSums sums)
    {
        var rule = (await rules.GetAsync(device.OrganizationId)).FirstOrDefault(one => one.ModelId == modelId);

        // Of another version: the device has not come to its arm's yet, or could not run it. That says nothing of the arm's version.
        if (rule?.Experiment is { Frozen: false } experiment && experiment.ArmOf(device.DeviceId, device.Groups) is { } arm && arm.Version.Version == version)
        {
            Add(new DeviceObservation { ExperimentId = experiment.ExperimentId, DeviceId = device.DeviceId, Variant = arm.Name, Sums = sums });
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, clock);

        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var batch in Take().Chunk(BatchSize))
            {
                await WriteAsync([.. batch], stoppingToken);
            }
        }
    }

    private async Task WriteAsync(ImmutableArray<DeviceObservation> batch, CancellationToken cancellationToken)
    {
        try
        {
            await table.AddAsync(batch, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Whether it was written is not known. Counted twice it moves no device's mean by much; lost it would be a device less.
            LogNotWritten(logger, exception, batch.Length);
            Array.ForEach([.. batch], Add);
        }
    }

    private void Add(DeviceObservation observation)
    {
        lock (_gate)
        {
            var key = (observation.ExperimentId, observation.DeviceId);

            if (_waiting.TryGetValue(key, out var known))
            {
                _waiting[key] = known with { Sums = known.Sums.Plus(observation.Sums) };
            }
            else if (_waiting.Count < MostWaiting)
            {
                _waiting[key] = observation;
            }
        }
    }

    private DeviceObservation[] Take()
    {
        lock (_gate)
        {
            var taken = _waiting;
            _waiting = [];
            return [.. taken.Values];
        }
    }

    [LoggerMessage(2510, LogLevel.Warning, "What {Count} devices of experiments measured could not be written; it is tried again in a second.")]
    private static partial void LogNotWritten(ILogger logger, Exception exception, int count);
}
