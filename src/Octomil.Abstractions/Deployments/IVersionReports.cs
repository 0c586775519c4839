using System.Collections.Immutable;

namespace Octomil.Deployments;

/// <summary>The table of what devices say they run: one row a device and model.</summary>
public interface IVersionReports
{
    /// <summary>Inserts or replaces rows in one transaction; durable when it returns.</summary>
    Task UpsertAsync(ImmutableArray<VersionReport> reports, CancellationToken cancellationToken);

    /// <summary>How many devices of the organization (of its group, if one is named) report what of the model.</summary>
    Task<ImmutableArray<VersionReportCount>> CountAsync(string organizationId, string modelId, string? group, CancellationToken cancellationToken);
}

/// <summary>Takes reports one by one and writes them in batches.</summary>
public interface IVersionReportWriter
{
    /// <summary>Returns once the report is durable.</summary>
    Task WriteAsync(VersionReport report, CancellationToken cancellationToken);
}

/// <summary>One device's word on one model. Of two the later stands.</summary>
public sealed record VersionReport
{
    public required string OrganizationId { get; init; }
    public required string ModelId { get; init; }
    public required string DeviceIdentifier { get; init; }
    public required string Version { get; init; }

    /// <summary>The version runs; false: it could not be brought to run, and the device runs what it ran before.</summary>
    public required bool Active { get; init; }
    public string? Reason { get; init; }
    public required DateTimeOffset ReportedAt { get; init; }
}

/// <summary>How many devices report the same; <see cref="Reason"/> is one of theirs.</summary>
public sealed record VersionReportCount(string Version, bool Active, long Devices, string? Reason);
