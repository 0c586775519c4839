using Microsoft.Extensions.Logging;

namespace Octomil.Deployments;

internal sealed partial class DeploymentGrain
{
    [LoggerMessage(2400, LogLevel.Information, "{OrganizationId}, {ModelId}: {Command}: {RolloutId} of {Version} is {Status} at {BasisPoints} of 10,000.")]
    private static partial void LogChanged(
        ILogger logger, string organizationId, string modelId, string command, string rolloutId, string version, RolloutStatus status, int basisPoints);

    [LoggerMessage(2401, LogLevel.Warning, "{OrganizationId}, {ModelId}: rollout {RolloutId} of {Version} was rolled back by itself, to {Previous}: {Reason}.")]
    private static partial void LogRolledBackByItself(
        ILogger logger, string organizationId, string modelId, string rolloutId, string version, string? previous, string reason);

    [LoggerMessage(2402, LogLevel.Information, "{OrganizationId}, {ModelId}: experiment {ExperimentId} holds its devices (frozen: {Frozen}).")]
    private static partial void LogExperimentRuns(ILogger logger, string organizationId, string modelId, string experimentId, bool frozen);

    [LoggerMessage(2403, LogLevel.Warning, "{OrganizationId}, {ModelId}: experiment {ExperimentId} has ended: {Reason}")]
    private static partial void LogExperimentEndedByItself(ILogger logger, string organizationId, string modelId, string experimentId, string reason);
}
