using System.Collections.Immutable;
using Octomil.Devices;
using Octomil.Models;
using Octomil.Organizations;

namespace Octomil.Deployments;

/// <summary>Rollouts as they are answered: with what the organization's devices report.</summary>
internal sealed class RolloutViews(IVersionReports reports, IDeviceRegistry registry, IGrainFactory grains)
{
    public async Task<RolloutResponse> OfAsync(Caller caller, ModelSnapshot model, Rollout rollout, CancellationToken cancellationToken) =>
        (await OfAsync(caller, model, [rollout], cancellationToken))[0];

    public async Task<IReadOnlyList<RolloutResponse>> OfAsync(
        Caller caller, ModelSnapshot model, IReadOnlyList<Rollout> rollouts, CancellationToken cancellationToken)
    {
        var deployment = await grains.GetDeployment(caller.OrganizationId, model.Id).GetAsync();
        var groups = new Dictionary<string, (ImmutableArray<VersionReportCount> Counts, long Devices)>(StringComparer.Ordinal);
        var responses = new List<RolloutResponse>(rollouts.Count);

        foreach (var rollout in rollouts)
        {
            if (!groups.TryGetValue(rollout.Group ?? "", out var counted))
            {
                groups[rollout.Group ?? ""] = counted = await CountAsync(caller.OrganizationId, model.Id, rollout.Group, cancellationToken);
            }

            responses.Add(Response(model, rollout, Progress(rollout.Version.Version, counted.Counts, counted.Devices), deployment.Health.GetValueOrDefault(rollout.Version.Version)) with
            {
                Experiment = rollout.Status is RolloutStatus.RolledBack ? null : deployment.Experiment?.Name,
            });
        }

        return responses;
    }

    private async Task<(ImmutableArray<VersionReportCount> Counts, long Devices)> CountAsync(
        string organizationId, string modelId, string? group, CancellationToken cancellationToken)
    {
        var counts = await reports.CountAsync(organizationId, modelId, group, cancellationToken);
        var devices = group is null
            ? (await registry.ListAsync(organizationId, group: null, limit: 1, offset: 0, cancellationToken)).Total
            : await registry.CountAsync(organizationId, group, cancellationToken);
        return (counts, devices);
    }

    private static RolloutProgress Progress(string version, ImmutableArray<VersionReportCount> counts, long devices)
    {
        var failed = counts.FirstOrDefault(count => count.Version == version && !count.Active);
        return new RolloutProgress
        {
            Active = counts.FirstOrDefault(count => count.Version == version && count.Active)?.Devices ?? 0,
            Failed = failed?.Devices ?? 0,
            Devices = devices,
            FailureReason = failed?.Reason,
        };
    }

    private static RolloutResponse Response(ModelSnapshot model, Rollout rollout, RolloutProgress progress, VersionCounts? health) => new()
    {
        Id = rollout.Id,
        ModelId = model.Id,
        Model = model.Description.Name,
        Version = rollout.Version.Version,
        RolloutPercentage = Percentages.OfBasisPoints(rollout.BasisPoints),
        TargetPercentage = Percentages.OfBasisPoints(rollout.TargetBasisPoints),
        IncrementStep = Percentages.OfBasisPoints(rollout.StepBasisPoints),
        Status = StatusOf(rollout.Status),
        Group = rollout.Group,
        PreviousVersion = rollout.Previous?.Version,
        IsRollback = rollout.IsRollback,
        Automatic = rollout.Automatic,
        Reason = rollout.Reason,
        CreatedAt = rollout.CreatedAt,
        StartedAt = rollout.StartedAt,
        EndedAt = rollout.EndedAt,
        Progress = progress,
        Health = health is null || health.Inferences == 0 ? null : new VersionHealth
        {
            Inferences = health.Inferences,
            ErrorRate = (double)health.Errors / health.Inferences,
            CrashRate = (double)health.Crashes / health.Inferences,
            LatencyP95Ms = health.LatencyQuantile(0.95),
        },
    };

    internal static string StatusOf(RolloutStatus status) => status switch
    {
        RolloutStatus.Pending => RolloutStatuses.Pending,
        RolloutStatus.Active => RolloutStatuses.Active,
        RolloutStatus.Paused => RolloutStatuses.Paused,
        RolloutStatus.Completed => RolloutStatuses.Completed,
        RolloutStatus.RolledBack => RolloutStatuses.RolledBack,
        _ => throw new InvalidOperationException($"No name for {status}."),
    };
}
