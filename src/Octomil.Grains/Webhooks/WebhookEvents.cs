using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Octomil.Deployments;
using Octomil.Experiments;
using Octomil.Organizations;
using Octomil.Training;

namespace Octomil.Webhooks;

/// <summary>
/// What happened, as webhooks tell it: ids, names and counts; no metric and no sample count, which private runs hide. The id follows from
/// what happened to whom, so that it is one event however often it is told.
/// </summary>
internal static class WebhookEvents
{
    public static WebhookEvent RunFinished(string runId, string organizationId, RunState run) => Event(
        WebhookEventTypes.RunFinished, $"{organizationId}/{runId}", run.EndedAt!.Value, new JsonObject
        {
            ["organization_id"] = organizationId,
            ["session_id"] = runId,
            ["model_id"] = run.Order!.ModelId,
            ["model"] = run.ModelName,
            ["federation_id"] = run.FederationId,
            ["status"] = run.Phase.ToString().ToUpperInvariant(),
            ["rounds_completed"] = run.ClosedRounds,
            ["total_rounds"] = run.Order.Rounds,
            ["organizations"] = run.Contributors.Count,
            ["new_version"] = run.NewVersion,
        });

    public static WebhookEvent BudgetNearlySpent(string organizationId, PrivacySnapshot privacy, double threshold, DateTimeOffset now) => Event(
        WebhookEventTypes.BudgetNearlySpent, FormattableString.Invariant($"{organizationId}/{privacy.Epoch}/{threshold:R}"), now, new JsonObject
        {
            ["organization_id"] = organizationId,
            ["epoch"] = privacy.Epoch,
            ["threshold"] = threshold,
            ["privacy_budget"] = privacy.Settings.PrivacyBudget,
            ["delta"] = privacy.Settings.Delta,
            ["releases"] = privacy.Releases,
        });

    public static WebhookEvent RolloutAdvanced(DeploymentKey deployment, Rollout rollout, long generation, DateTimeOffset now)
    {
        var data = Rollout(deployment, rollout);
        data["percentage"] = Percentage(rollout.BasisPoints);
        data["target_percentage"] = Percentage(rollout.TargetBasisPoints);
        data["status"] = rollout.Status is RolloutStatus.Completed ? "completed" : "active";
        return Event(WebhookEventTypes.RolloutAdvanced, FormattableString.Invariant($"{rollout.Id}/{generation}"), now, data);
    }

    /// <param name="deployment">Of what to whom.</param>
    /// <param name="rollout">What was taken back, or where there was nothing the rollout that goes back.</param>
    /// <param name="toVersion">What its devices go back to; null: nothing.</param>
    /// <param name="now">When.</param>
    public static WebhookEvent RolledBack(DeploymentKey deployment, Rollout rollout, string? toVersion, DateTimeOffset now)
    {
        var data = Rollout(deployment, rollout);
        data["to_version"] = toVersion;
        data["automatic"] = rollout.Automatic;
        return Event(WebhookEventTypes.RolloutRolledBack, rollout.Id, now, data);
    }

    /// <param name="deployment">Of what to whom.</param>
    /// <param name="experiment">What it was.</param>
    /// <param name="end">How it ended.</param>
    public static WebhookEvent ExperimentEnded(DeploymentKey deployment, ExperimentLayer experiment, EndedExperiment end) => Event(
        WebhookEventTypes.ExperimentEnded, experiment.ExperimentId, end.At, new JsonObject
        {
            ["organization_id"] = deployment.OrganizationId,
            ["experiment_id"] = experiment.ExperimentId,
            ["experiment"] = experiment.Name,
            ["model_id"] = deployment.ModelId,
            ["model"] = deployment.ModelName,
            ["control_version"] = experiment.Control.Version.Version,
            ["treatment_version"] = experiment.Treatment.Version.Version,
            ["promoted_version"] = end.Promoted,
            ["automatic"] = end.Reason is not null,
        });

    public static WebhookEvent Test(string eventId, string organizationId, string webhookId, DateTimeOffset now) => new()
    {
        Id = eventId,
        Type = WebhookEventTypes.Test,
        At = now,
        Data = new JsonObject { ["organization_id"] = organizationId, ["webhook_id"] = webhookId }.ToJsonString(),
    };

    private static JsonObject Rollout(DeploymentKey deployment, Rollout rollout) => new()
    {
        ["organization_id"] = deployment.OrganizationId,
        ["rollout_id"] = rollout.Id,
        ["model_id"] = deployment.ModelId,
        ["model"] = deployment.ModelName,
        ["version"] = rollout.Version.Version,
    };

    private static double Percentage(int basisPoints) => basisPoints / 100.0;

    private static WebhookEvent Event(string type, string what, DateTimeOffset at, JsonObject data) => new()
    {
        Id = "evt_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{type}\n{what}")).AsSpan(0, 16)),
        Type = type,
        At = at,
        Data = data.ToJsonString(),
    };
}
