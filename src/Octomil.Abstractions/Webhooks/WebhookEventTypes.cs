using System.Collections.Immutable;

namespace Octomil.Webhooks;

/// <summary>What webhooks tell.</summary>
public static class WebhookEventTypes
{
    /// <summary>A training run in which the organization took part is over: completed, stopped or failed.</summary>
    public const string RunFinished = "run.finished";

    /// <summary>The organization has spent the threshold's share of its privacy budget; told once in an epoch.</summary>
    public const string BudgetNearlySpent = "privacy.budget_nearly_spent";

    /// <summary>A version goes to more of the organization's devices than before.</summary>
    public const string RolloutAdvanced = "rollout.advanced";

    /// <summary>A version was taken back from the organization's devices, by people or by itself.</summary>
    public const string RolloutRolledBack = "rollout.rolled_back";

    /// <summary>An experiment is over: stopped or promoted by people, or by itself because a version that it compares was bad.</summary>
    public const string ExperimentEnded = "experiment.ended";

    /// <summary>What a test sends; nobody subscribes to it.</summary>
    public const string Test = "webhook.test";

    public static readonly ImmutableArray<string> All = [RunFinished, BudgetNearlySpent, RolloutAdvanced, RolloutRolledBack, ExperimentEnded];
}
