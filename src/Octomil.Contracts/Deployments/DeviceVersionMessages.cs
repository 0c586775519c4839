namespace Octomil.Deployments;

/// <summary>POST /devices/{id}/versions, and ReportVersion on the hub: what a device made of a version that it should run.</summary>
public sealed record VersionReportMessage
{
    public required string ModelId { get; init; }
    public required string Version { get; init; }

    /// <summary>active (it runs) or failed (it does not, and the device runs what it ran before).</summary>
    public required string Status { get; init; }

    /// <summary>Why it failed, for people; at most 500 characters, no data.</summary>
    public string? Reason { get; init; }
}

/// <summary>Values of <see cref="VersionReportMessage.Status"/>.</summary>
public static class VersionReportStatuses
{
    public const string Active = "active";
    public const string Failed = "failed";
}

/// <summary>The answer to a report: it is stored.</summary>
public sealed record VersionReportReceipt
{
    public required string Status { get; init; }
}

/// <summary>POST /devices/{id}/telemetry: what a device counted since its last batch. Counts and means only; never an input or an output.</summary>
public sealed record TelemetryRequest
{
    public const int MostReports = 16;

    /// <summary>Names the batch, so that a repetition does not count again.</summary>
    public string? BatchId { get; init; }
    public required IReadOnlyList<VersionTelemetryMessage> Reports { get; init; }
}

/// <summary>Counts of one version of one model on one device.</summary>
public sealed record VersionTelemetryMessage
{
    /// <summary>More inferences in one report are nonsense, and would let one device decide for all.</summary>
    public const int MostInferences = 100_000;

    /// <summary>A greater loss is nonsense.</summary>
    public const double MostLoss = 1e9;

    /// <summary>Milliseconds; no inference takes longer than an hour.</summary>
    public const double MostLatency = 3_600_000;

    /// <summary>Upper bounds of <see cref="LatencyMs"/>'s buckets in milliseconds; the last bucket holds what is slower.</summary>
    public static IReadOnlyList<int> LatencyBounds { get; } = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

    public required string ModelId { get; init; }
    public required string Version { get; init; }

    /// <summary>Inferences that were begun, with those that failed.</summary>
    public required long Inferences { get; init; }
    public long Errors { get; init; }
    public long Crashes { get; init; }

    /// <summary>How many took how long: 14 counts, by the bounds 1, 2, 5, 10, ... 10,000 ms.</summary>
    public IReadOnlyList<long>? LatencyMs { get; init; }

    /// <summary>How long those of <see cref="LatencyMs"/> took together, in milliseconds: experiments compare means.</summary>
    public double? LatencyTotalMs { get; init; }

    /// <summary>Answers of which the device learned whether they were right; they need not be among <see cref="Inferences"/>, for the truth may come late.</summary>
    public long AccuracyCount { get; init; }

    /// <summary>Share of them that were right, in [0, 1].</summary>
    public double? Accuracy { get; init; }

    /// <summary>Answers of which the device knows the loss.</summary>
    public long LossCount { get; init; }

    /// <summary>Their mean loss, not negative.</summary>
    public double? Loss { get; init; }
}

/// <summary>The answer to telemetry: how many reports were counted; none where the batch was counted before.</summary>
public sealed record TelemetryReceipt
{
    public required int Accepted { get; init; }

    /// <summary>Why others were not: of versions that are unknown, by now perhaps. Sent again they are refused again.</summary>
    public IReadOnlyList<string> Refused { get; init; } = [];
}

/// <summary>GET /devices/{id}/versions: what the device should run.</summary>
public sealed record AssignedVersionList
{
    public required IReadOnlyList<Devices.AssignedVersion> Versions { get; init; }
}
