using System.Collections.Immutable;
using Octomil.Learning.Privacy;
using Octomil.Organizations;

namespace Octomil.Training;

/// <summary>
/// Who can pay for a private round. A run names the round in its row, then asks each organization's ledger to hold the cost, and opens the
/// round over those that do; from then on giving back or charging is the round's task (RoundGrain.Privacy). A round that a crash kept
/// from opening is closed for good before the amounts are given back.
/// </summary>
internal sealed partial class TrainingRunGrain
{
    private sealed record PrivateDraw(
        string RoundId, ImmutableArray<RunMember> Members, ImmutableArray<PartitionCount> Counts, CohortSize Size, int Fewest, ulong Seed);

    /// <summary>
    /// Leaves out whom their own policy keeps from such a run: one that has a budget takes part in no run without noise, for that would
    /// cost more than any budget.
    /// </summary>
    private async Task<ImmutableArray<RunMember>> ByPolicyAsync(RunOrder order, ImmutableArray<RunMember> members)
    {
        if (order.Privacy is not null)
        {
            return members;
        }

        var settings = await Task.WhenAll(members.Select(member => grains.GetOrganizationPrivacy(member.OrganizationId).GetSettingsAsync()));
        return
        [
            .. members.Select((member, index) => settings[index] is { PrivacyBudget: not null, AllowNonPrivateRuns: false }
                ? member with { Reason = member.Reason ?? "has a privacy budget, and this run adds no noise" }
                : member),
        ];
    }

    /// <summary>Leaves out whose ledger cannot take another round. Holds nothing yet.</summary>
    private async Task<ImmutableArray<RunMember>> ByBudgetAsync(RunState state, ImmutableArray<RunMember> members)
    {
        if (state.Order!.Privacy is null)
        {
            return members;
        }

        var cost = PrivateRound.CostOf(PrivacyOf(state));
        var admissions = await Task.WhenAll(members.Select(member => grains.GetOrganizationPrivacy(member.OrganizationId).CanReserveAsync(cost)));
        members = [.. members.Select((member, index) => Admitted(member, admissions[index]))];
        return state.Order.Privacy.Epsilon is { } epsilon ? await WithinAsync(epsilon, state, members) : members;
    }

    /// <summary>Where the run may cost so much: leaves out who joined later with a delta at which it would cost more.</summary>
    private async Task<ImmutableArray<RunMember>> WithinAsync(double epsilon, RunState state, ImmutableArray<RunMember> members)
    {
        var settings = await Task.WhenAll(members.Select(member => grains.GetOrganizationPrivacy(member.OrganizationId).GetSettingsAsync()));
        return
        [
            .. members.Select((member, index) => member.Reason is null && settings[index] is { } own
                && RoundCost.NoiseMultiplierFor(new PrivacyLimit { Epsilon = epsilon, Delta = own.Delta }, state.Order!.Rounds) > state.NoiseMultiplier * (1 + 1e-9)
                    ? member with { Reason = "has a smaller delta than the run was planned for" }
                    : member),
        ];
    }

    /// <summary>True where devices enough are there and budgets are not: the run is paused with that reason.</summary>
    private async Task<bool> LackBudgetAsync(RunOrder order, ImmutableArray<RunMember> members, int ready, int fewest)
    {
        ImmutableArray<RunMember> without = [.. members.Where(member => member.LacksBudget)];

        if (without.IsEmpty)
        {
            return false;
        }

        var others = await cohorts.CountAsync(without.Select(member => member.OrganizationId), order.Group);

        if (ready + others.Sum(part => part.Count) < fewest && members.Any(member => member.Reason is null))
        {
            return false;
        }

        var reason = $"PrivacyBudget: {ready} devices of at least {fewest} belong to organizations that can pay for another round. "
            + $"Without: {string.Join(", ", without.Select(member => $"{member.Name} ({member.Reason})"))}.";
        await PauseForBudgetAsync(reason, members);
        return true;
    }

    private async Task PauseForBudgetAsync(string reason, ImmutableArray<RunMember> members)
    {
        var next = State.PauseForBudget(reason, members);

        if (!ReferenceEquals(next, State))
        {
            await SaveAsync(next);
            events.Publish(await ToStatusAsync());
        }
    }

    private async Task<NextRound?> PlanPrivateAsync(PrivateDraw draw)
    {
        // Left over where a crash came before the row named the round as open.
        await ReleaseAsync();

        if (await LackDevicesAsync(draw))
        {
            return null;
        }

        var buffering = StrategyOf(State.Order!).Buffering;
        var asked = draw.Members.Where(member => member.Reason is null && (member.Devices > 0 || buffering is not null)).ToList();
        await SaveAsync(State with
        {
            Admission = new RunAdmission
            {
                RoundId = draw.RoundId, Organizations = [.. asked.Select(member => member.OrganizationId)], PerDevice = PerDevice(asked),
            },
        });

        var privacy = PrivacyOf(State);
        var standings = await Task.WhenAll(asked.Select(member => ReserveAsync(member, draw.RoundId, privacy)));

        if (asked.Zip(standings).Any(pair => pair.First.DeviceEpoch != pair.Second.DeviceEpoch))
        {
            // A new epoch began in between; the next look sees it.
            await ReleaseAsync();
            return null;
        }

        var members = draw.Members;

        foreach (var (member, standing) in asked.Zip(standings))
        {
            members = members.Replace(member, Admitted(member, standing));
        }

        // Another run may have been faster.
        var ready = members.Where(member => member.Reason is null).Sum(member => member.Devices);

        if (ready < draw.Fewest)
        {
            await ReleaseAsync();
            await LackBudgetAsync(State.Order!, members, ready, draw.Fewest);
            return null;
        }

        ImmutableArray<string> reserved = [.. asked.Zip(standings).Where(pair => pair.Second.Admission is PrivacyAdmission.Admitted).Select(pair => pair.First.OrganizationId)];
        ImmutableArray<PartitionCount> counts = [.. draw.Counts.Where(part => reserved.Contains(part.OrganizationId))];
        var size = CohortSize.Of(State.Order!, State.Stage, ready, Options.LargestCohort);
        var next = buffering is null
            ? await PlanSynchronousAsync(draw.RoundId, members, counts, size, draw.Seed)
            : await PlanAsynchronousAsync(State, draw.RoundId, members, counts, size, buffering, draw.Seed);
        var perDevice = PerDevice(members.Where(member => reserved.Contains(member.OrganizationId)));
        return await WithDevicesAsync(draw, next with { Plan = Private(next.Plan, reserved, perDevice) });
    }

    private async Task<NextRound> PlanSynchronousAsync(
        string roundId, ImmutableArray<RunMember> members, ImmutableArray<PartitionCount> counts, CohortSize size, ulong seed)
    {
        var cohort = await DrawAsync(State, members, counts, size.Selected, seed);
        var plan = RoundNeeds.Complete(PlanOf(State, roundId, cohort, size), StrategyOf(State.Order!), State, members.Sum(member => member.Devices), Options);
        return new NextRound(plan, members, cohort);
    }

    private RoundPlan Private(RoundPlan plan, ImmutableArray<string> reserved, ImmutableArray<DeviceLedgerKey> perDevice)
    {
        var privacy = PrivacyOf(State) with { Reserved = reserved, PerDevice = perDevice, Tensors = State.Tensors };
        return plan with
        {
            Privacy = privacy, ClipNorm = privacy.Clip, MaxMagnitude = privacy.Clip, UniformWeights = true,
        };
    }

    private static RoundPrivacy PrivacyOf(RunState state) => new()
    {
        Clip = state.Clip,
        NoiseMultiplier = state.NoiseMultiplier,
        ClipQuantile = state.Order!.Privacy!.ClipQuantile,
        SampleCap = state.Order.Privacy.SampleCap,
        CountSigma = state.Order.Privacy.ClipQuantile is null
            ? 0
            : PrivateRound.CountSigmaOf(state.NoiseMultiplier, state.Order.TargetUpdates ?? state.Order.MinUpdates),
    };

    private Task<PrivacyStanding> ReserveAsync(RunMember member, string roundId, RoundPrivacy privacy) =>
        grains.GetOrganizationPrivacy(member.OrganizationId).ReserveAsync(new PrivacyRelease
        {
            Attempt = roundId, RunId = Id, RoundNumber = State.CurrentRound, ModelName = State.ModelName, Cost = PrivateRound.CostOf(privacy),
        });

    /// <summary>Before the run is stopped: a round that is not charged yet never will be, and one that is has its result taken.</summary>
    private async Task TakePaidRoundAsync()
    {
        if (State.Order!.Privacy is null || State.OpenRound is not { } open)
        {
            return;
        }

        await grains.GetRound(open).AbandonAsync("The run was stopped.");

        if (await grains.GetRound(open).GetOutcomeAsync() is { Phase: not RoundPhase.Abandoned } paid)
        {
            await SaveAsync(State.Close(paid, Options.Attempts));
        }
    }

    // Of a round that never opened: first it is closed for good, so that no late call opens it without its amounts.
    private async Task ReleaseAsync()
    {
        if (State.Admission is not { } admission || await grains.GetRound(admission.RoundId).GetAsync() is not null)
        {
            return;
        }

        await grains.GetRound(admission.RoundId).AbandonAsync("It was never opened.");

        foreach (var part in admission.PerDevice.SelectMany(grains.GetDeviceLedgers))
        {
            await part.CloseAsync(admission.RoundId, charged: []);
        }

        foreach (var organizationId in admission.Organizations)
        {
            await grains.GetOrganizationPrivacy(organizationId).RefundAsync(admission.RoundId);
        }

        await SaveAsync(State with { Admission = null });
    }

    private static RunMember Admitted(RunMember member, PrivacyStanding standing) => standing.Admission is PrivacyAdmission.Admitted || member.Reason is not null
        ? member with { DeviceEpoch = standing.DeviceEpoch }
        : member with
        {
            LacksBudget = true,
            Reason = standing.Admission switch
            {
                PrivacyAdmission.NoBudget => "has set no privacy budget",
                PrivacyAdmission.BudgetExhausted => "privacy budget exhausted",
                PrivacyAdmission.ParticipationsExhausted => "most participations reached",
                _ => "its privacy ledger does not admit the round",
            },
        };
}
