using System.Collections.Immutable;
using Octomil.Learning.Strategies;

namespace Octomil.Training;

/// <summary>The way of a run, step by step.</summary>
internal sealed partial class TrainingRunGrain
{
    private readonly HashSet<string> _noted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _finished = new(StringComparer.Ordinal);

    private async Task GoOnAsync(CancellationToken cancellationToken)
    {
        if (State.IsOver)
        {
            await CleanUpAsync();
            return;
        }

        if (_timer is null && State.Phase is RunPhase.InProgress)
        {
            GoOnSoon();
        }

        if (State.OpenRound is { } open && !await TryCloseAsync(open))
        {
            return;
        }

        if (State.Phase is RunPhase.InProgress || State.LacksBudget)
        {
            await (State.Stage is RunStage.Publication ? CompleteAsync() : OpenNextAsync());
        }

        await FinishRoundsAsync();
    }

    /// <returns>False while the round has no outcome.</returns>
    private async Task<bool> TryCloseAsync(string roundId)
    {
        var round = grains.GetRound(roundId);
        var outcome = await round.GetOutcomeAsync();

        if (outcome is not null)
        {
            await CloseAsync(outcome);
            return true;
        }

        if (await round.GetAsync() is null)
        {
            // The run's row names a round that a crash kept from opening: nobody has heard of it, so another one is drawn.
            await ReleaseAsync();
            await SaveAsync(State with { OpenRound = null });
            return true;
        }

        await round.ResumeAsync();
        return false;
    }

    private async Task CloseAsync(RoundOutcome outcome)
    {
        var (before, closed) = (State, State.Close(outcome, Options.Attempts));
        closed = closed with { ToFinish = closed.ToFinish.RemoveAll(_finished.Contains) };
        _finished.Clear();

        if (State.Stage is RunStage.Statistics && outcome.Phase is RoundPhase.Sealed)
        {
            var scaled = await RunScaling.ApplyAsync(payloads, Id, State.Weights!, State.ArchitectureJson!, outcome);
            closed = closed with { Weights = scaled.Weights, ArchitectureJson = scaled.ArchitectureJson };
        }

        // What a private round released is saved before another one asks for amounts.
        var next = closed.Phase is RunPhase.InProgress && closed.Stage is not RunStage.Publication && closed.Order!.Privacy is null ? await PlanNextAsync(closed) : null;

        // In an asynchronous run those who have not answered yet go on.
        var told = next?.Plan.IsAsynchronous is true ? [] : _cohort;
        await SaveAsync(next is null ? closed : closed.Opened(next.Plan, next.Members));
        LogRoundClosed(logger, Id, outcome.RoundId, outcome.Phase, State.ClosedRounds, State.Order!.Rounds);

        if (next is not null)
        {
            await OpenAsync(next);
        }

        push.TellClosed(outcome.RoundId, outcome.Phase is RoundPhase.Abandoned ? "abandoned" : "published", told);
        events.Publish(await ToStatusAsync());
        await FinishRoundsAsync();
        await DropAsync(before);
    }

    private async Task OpenNextAsync()
    {
        if (State.OpenRound is not null)
        {
            return;
        }

        if (await PlanNextAsync(State) is { } next)
        {
            await SaveAsync(State.Opened(next.Plan, next.Members));
            await OpenAsync(next);
            events.Publish(await ToStatusAsync());
        }
    }

    private sealed record NextRound(RoundPlan Plan, ImmutableArray<RunMember> Members, Cohort Cohort);

    /// <summary>Null while fewer devices are ready than the run wants; status says how many.</summary>
    private async Task<NextRound?> PlanNextAsync(RunState state)
    {
        var order = state.Order!;
        var members = await ByPolicyAsync(order, await MembersAsync(state.OwnerId, state.FederationId, order.Group));
        await NoteMembersAsync(members);
        members = await ByBudgetAsync(state, members);

        var counts = await cohorts.CountAsync(members.Where(member => member.Reason is null).Select(member => member.OrganizationId), order.Group);
        members = [.. members.Select(member => member with { Devices = counts.Where(part => part.OrganizationId == member.OrganizationId).Sum(part => part.Count) })];
        var ready = members.Sum(member => member.Devices);
        var strategy = StrategyOf(order);
        var fewest = Math.Max(order.MinDevices, state.Stage switch
        {
            RunStage.Statistics => RunScaling.FewestDevices,
            RunStage.Training => strategy.MinUpdates,
            _ => 1,
        });

        if (ready < fewest && await LackBudgetAsync(order, members, ready, fewest))
        {
            return null;
        }

        if (ready < fewest)
        {
            await WaitAsync(members, $"Waiting for devices: {ready} ready, at least {fewest} needed.");
            return null;
        }

        var roundId = ids.NewId("rnd_", 16);
        var size = CohortSize.Of(order, state.Stage, ready, Options.LargestCohort);
        var seed = CohortSelector.SeedOf(state.Seed, roundId);

        if (order.Privacy is not null)
        {
            return await PlanPrivateAsync(new PrivateDraw(roundId, members, counts, size, fewest, seed));
        }

        if (state.Stage is RunStage.Training && strategy.Buffering is { } buffering)
        {
            return await PlanAsynchronousAsync(state, roundId, members, counts, size, buffering, seed);
        }

        var cohort = await cohorts.DrawAsync(counts, order.Group, size.Selected, seed);
        var plan = PlanOf(state, roundId, cohort, size);

        if (state.Stage is not RunStage.Training)
        {
            return new NextRound(plan, members, cohort);
        }

        if (RoundNeeds.WaitsFor(strategy, plan, state.ParameterCount, Options) is { } waiting)
        {
            await WaitAsync(members, waiting);
            return null;
        }

        return new NextRound(RoundNeeds.Complete(plan, strategy, state, ready, Options), members, cohort);
    }

    private RoundPlan PlanOf(RunState state, string roundId, Cohort cohort, CohortSize size)
    {
        var order = state.Order!;
        var strategy = StrategyOf(order);
        var timeout = state.Stage is RunStage.Evaluation && Options.EvaluationTimeout < order.RoundTimeout ? Options.EvaluationTimeout : order.RoundTimeout;
        var target = Math.Min(size.Target, cohort.Members.Length);

        return new RoundPlan
        {
            RoundId = roundId,
            RunId = Id,
            RoundNumber = state.CurrentRound,
            Kind = state.Stage switch
            {
                RunStage.Statistics => RoundKind.Statistics,
                RunStage.Evaluation => RoundKind.Evaluate,
                _ => RoundKind.Train,
            },
            ModelId = order.ModelId,
            ModelName = state.ModelName,
            BaseVersion = state.BaseVersion,
            ArchitectureJson = state.ArchitectureJson,
            Base = state.Weights!,
            Devices = [.. cohort.Members.Select(member => member.Device.Id)],
            Organizations = cohort.Organizations,
            OrganizationOfDevice = [.. cohort.Members.Select(member => member.Organization)],
            Strategy = strategy.Name,
            StrategyParameters = strategy.Parameters.ToImmutableSortedDictionary(StringComparer.Ordinal),
            Training = order.Training,
            TargetUpdates = target,
            MinUpdates = Math.Min(size.Min, target),
            Deadline = clock.GetUtcNow() + timeout,
            MaxMagnitude = order.MaxMagnitude,
            MaxSampleCount = order.MaxSampleCount,
            OptimizerState = state.OptimizerState,
            UniformWeights = strategy.Weighting is Weighting.Uniform,
            ProximalMu = strategy.ProximalMu,
        };

    }

    private async Task OpenAsync(NextRound next)
    {
        await grains.GetRound(next.Plan.RoundId).OpenAsync(next.Plan);
        _cohort = [.. next.Cohort.Members.Select(member => member.Device)];
        push.TellAssigned(RoundAssignment.Of(next.Plan), _cohort);
    }

    private async Task WaitAsync(ImmutableArray<RunMember> members, string reason)
    {
        if (State.Reason != reason)
        {
            await SaveAsync(State.Wait(reason, members));
            events.Publish(await ToStatusAsync());
        }
    }

    // Devices find their assignments through their organization's list of runs.
    private async Task NoteMembersAsync(ImmutableArray<RunMember> members)
    {
        foreach (var member in members.Where(member => member.Reason is null && _noted.Add(member.OrganizationId)))
        {
            await grains.GetOrganization(member.OrganizationId).AddRunAsync(Id);
        }
    }

    // Which are finished goes into the row with the next save; until then finishing again does no harm.
    private async Task FinishRoundsAsync()
    {
        foreach (var roundId in State.ToFinish.Where(roundId => !_finished.Contains(roundId)))
        {
            await grains.GetRound(roundId).FinishAsync();
            _finished.Add(roundId);
        }
    }

    // What the round started from, where it is the run's own and not in use any more.
    private async Task DropAsync(RunState before)
    {
        foreach (var weights in before.OptimizerState.Add(before.Weights!).AddRange(before.EarlierBases).Where(weights => weights.RunId is not null))
        {
            if (weights != State.Weights && !State.OptimizerState.Contains(weights) && !State.EarlierBases.Contains(weights))
            {
                await payloads.DeleteRunWeightsAsync(weights, CancellationToken.None);
            }
        }
    }
}
