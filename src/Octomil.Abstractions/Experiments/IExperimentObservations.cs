using System.Collections.Immutable;

namespace Octomil.Experiments;

/// <summary>
/// The table of what the devices of experiments measured: one row a device and experiment, with sums over all that it reported.
/// </summary>
public interface IExperimentObservations
{
    /// <summary>Adds to the devices' rows in one transaction; durable when it returns. A device stands in it once an experiment.</summary>
    Task AddAsync(ImmutableArray<DeviceObservation> observations, CancellationToken cancellationToken);

    /// <summary>By variant: the moments over its devices. A variant of which nothing was heard is missing.</summary>
    Task<ImmutableArray<VariantObservations>> SumAsync(string experimentId, CancellationToken cancellationToken);

    /// <summary>Forgets the experiment's devices.</summary>
    Task DeleteAsync(string experimentId, CancellationToken cancellationToken);
}

/// <summary>Takes what devices report, and keeps what belongs to an experiment that runs.</summary>
public interface IExperimentTelemetry
{
    /// <summary>
    /// Counts for the device's arm where it reports of its arm's version, else not at all. It is in the table a second later; what a silo
    /// that dies has not written is lost.
    /// </summary>
    ValueTask AddAsync(ReportingDevice device, string modelId, string version, DeviceSums sums);
}

/// <summary>Who reports.</summary>
public sealed record ReportingDevice(string OrganizationId, string DeviceId, IReadOnlySet<string> Groups);

/// <summary>What one device measured in one experiment.</summary>
public sealed record DeviceObservation
{
    public required string ExperimentId { get; init; }
    public required string DeviceId { get; init; }
    public required string Variant { get; init; }
    public required DeviceSums Sums { get; init; }
}

/// <summary>Sums of what a device measured: of each metric how often, and the total.</summary>
public sealed record DeviceSums
{
    public long Inferences { get; init; }
    public long Failures { get; init; }
    public long LatencyCount { get; init; }

    /// <summary>Milliseconds.</summary>
    public double LatencyTotal { get; init; }
    public long AccuracyCount { get; init; }
    public double AccuracyTotal { get; init; }
    public long LossCount { get; init; }
    public double LossTotal { get; init; }

    public DeviceSums Plus(DeviceSums other) => new()
    {
        Inferences = Inferences + other.Inferences,
        Failures = Failures + other.Failures,
        LatencyCount = LatencyCount + other.LatencyCount,
        LatencyTotal = LatencyTotal + other.LatencyTotal,
        AccuracyCount = AccuracyCount + other.AccuracyCount,
        AccuracyTotal = AccuracyTotal + other.AccuracyTotal,
        LossCount = LossCount + other.LossCount,
        LossTotal = LossTotal + other.LossTotal,
    };
}
