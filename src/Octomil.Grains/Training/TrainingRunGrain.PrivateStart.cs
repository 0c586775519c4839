using System.Collections.Immutable;
using Octomil.Learning.Privacy;
using Octomil.Models;
using Octomil.Organizations;

namespace Octomil.Training;

/// <summary>Whether a run may start with the privacy it is ordered with, and what its rounds get of it.</summary>
internal sealed partial class TrainingRunGrain
{
    private async Task<StartRunResult?> CheckPrivacyAsync(RunOrder order, ModelSnapshot model, ImmutableArray<RunMember> members)
    {
        if (order.Privacy is null)
        {
            var allowed = await ByPolicyAsync(order, members);
            return allowed.Any(member => member.Reason is null)
                ? null
                : Refused(StartRunDecision.PrivacyRequired, "Every organization that would take part has a privacy budget, and this run adds no noise. "
                    + "Start it with privacy (--privacy dp --clip C --noise-multiplier Z), or let the organization allow such runs (octomil team set-policy --allow-non-private-runs).");
        }

        try
        {
            var privacy = await PrivacyTermsAsync(order, members);
            _ = new PrivateGrid(order.Privacy.ClipNorm, privacy);
        }
        catch (PrivacyException exception)
        {
            return Refused(StartRunDecision.InvalidPrivacy, exception.Message);
        }

        return model.Latest!.ArchitectureJson is { } architecture && RunScaling.IsNeeded(architecture) && RunScaling.WithoutRange(architecture) is [_, ..] missing
            ? Refused(StartRunDecision.InvalidPrivacy, "A private run cannot ask devices for statistics of their data, so every number feature needs a public \"range\" in the model's architecture. "
                + $"Without: {string.Join(", ", missing.Take(5))}{(missing.Count > 5 ? $" and {missing.Count - 5} more" : "")}.")
            : null;
    }

    /// <summary>z: what was ordered, or the smallest one at which the whole run costs no organization more than the epsilon that was ordered.</summary>
    /// <exception cref="PrivacyException">Nobody has a budget, or no noise is enough.</exception>
    private async Task<double> PrivacyTermsAsync(RunOrder order, ImmutableArray<RunMember> members)
    {
        var settings = await Task.WhenAll(members.Select(member => grains.GetOrganizationPrivacy(member.OrganizationId).GetSettingsAsync()));
        var protectedOnes = settings.OfType<OrganizationSettings>().Where(one => one.PrivacyBudget is not null).ToList();

        if (protectedOnes.Count == 0)
        {
            throw new PrivacyException("None of the organizations that would take part has set a privacy budget. Each sets its own: octomil team set-policy --privacy-budget 8.");
        }

        return order.Privacy!.NoiseMultiplier ?? protectedOnes.Max(one => RoundCost.NoiseMultiplierFor(
            new PrivacyLimit { Epsilon = order.Privacy.Epsilon ?? 0, Delta = one.Delta }, order.Rounds));
    }

    private async Task<RunState> WithPrivacyAsync(RunState begun)
    {
        if (begun.Order!.Privacy is not { } privacy)
        {
            return begun;
        }

        await using var file = await payloads.OpenWeightsAsync(begun.Weights!, CancellationToken.None);
        var header = await SafetensorsHeaderBytes.ReadAsync(file, CancellationToken.None);
        var state = begun with
        {
            NoiseMultiplier = await PrivacyTermsAsync(begun.Order, begun.Members), Clip = privacy.ClipNorm, Tensors = header.Layout.TrainedTensorCount,
        };

        if (begun.Stage is not RunStage.Statistics)
        {
            return state;
        }

        var (weights, architecture) = await RunScaling.ApplyRangesAsync(payloads, Id, begun.Weights!, begun.ArchitectureJson!);
        return state with { Weights = weights, ArchitectureJson = architecture, Stage = RunStage.Training };
    }
}
