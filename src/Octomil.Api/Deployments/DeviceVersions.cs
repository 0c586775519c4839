using System.Collections.Immutable;
using Octomil.Devices;
using Octomil.Models;
using Octomil.Organizations;

namespace Octomil.Deployments;

/// <summary>What devices should run, and what they say that they run.</summary>
internal sealed class DeviceVersions(
    IVersionRules rules, IKnownVersions known, IVersionReportWriter writer, IGrainFactory grains, TimeProvider clock)
{
    private const int MostReason = 500;

    /// <summary>The versions that the device should run.</summary>
    /// <param name="organizationId">The device's organization.</param>
    /// <param name="deviceId">Its id.</param>
    /// <param name="groups">Its groups, where they are at hand; else they are asked for if a rule needs them.</param>
    public async Task<IReadOnlyList<AssignedVersion>> ForAsync(string organizationId, string deviceId, IReadOnlySet<string>? groups = null)
    {
        var all = await rules.GetAsync(organizationId);
        if (groups is null && all.Any(rule => rule.NeedsGroups))
        {
            groups = (await grains.GetDevice(deviceId).GetAsync(organizationId))?.Groups;
        }

        return [.. all.Select(rule => Assigned(rule, rule.For(deviceId, groups ?? ImmutableSortedSet<string>.Empty))).OfType<AssignedVersion>()];
    }

    /// <summary>Stores a device's word on a version. Null: it is stored.</summary>
    public async Task<Refusal?> ReportAsync(Caller caller, string deviceId, VersionReportMessage report, CancellationToken cancellationToken)
    {
        var checks = new FieldChecks()
            .Require(report.Status is VersionReportStatuses.Active or VersionReportStatuses.Failed, "status", "must be active or failed")
            .Require(report.Reason is null || (report.Reason.Length <= MostReason && !report.Reason.Any(char.IsControl)), "reason", $"must be at most {MostReason} characters without control characters");
        if (checks.Refusal is { } invalid)
        {
            return invalid;
        }

        if (await grains.GetDevice(deviceId).GetAsync(caller.OrganizationId) is not { } device)
        {
            return Refusal.NotFound("device", deviceId);
        }

        if (device.RevokedAt is not null)
        {
            return Refusal.DeviceRevoked();
        }

        if (await CheckAsync(caller, report.ModelId, report.Version) is { } unknown)
        {
            return unknown;
        }

        await writer.WriteAsync(
            new VersionReport
            {
                OrganizationId = caller.OrganizationId,
                ModelId = report.ModelId,
                DeviceIdentifier = device.Description.Identifier,
                Version = report.Version,
                Active = report.Status == VersionReportStatuses.Active,
                Reason = report.Status == VersionReportStatuses.Failed ? report.Reason : null,
                ReportedAt = clock.GetUtcNow(),
            },
            cancellationToken);
        return null;
    }

    /// <summary>Null: the organization sees a model of this id with this version.</summary>
    public async ValueTask<Refusal?> CheckAsync(Caller caller, string? modelId, string? version) =>
        modelId is { Length: > 0 and <= 64 } && version is not null && SemanticVersion.IsValid(version)
            && ModelNames.IsId(modelId) && await known.IsKnownAsync(caller.OrganizationId, modelId, version)
            ? null
            : new Refusal(
                Microsoft.AspNetCore.Http.StatusCodes.Status422UnprocessableEntity, ErrorCodes.UnknownVersion,
                $"There is no version '{Refusal.Shown(version ?? "")}' of a model '{Refusal.Shown(modelId ?? "")}' that this key may see. Report by the model's id, of versions that were assigned.");

    private static AssignedVersion? Assigned(VersionRule rule, DeployedVersion? version) => version is null ? null : new AssignedVersion
    {
        ModelId = rule.ModelId,
        Version = version.Version,
        Sha256 = version.Sha256,
        Model = rule.ModelName,
        Bytes = version.Bytes,
    };
}
