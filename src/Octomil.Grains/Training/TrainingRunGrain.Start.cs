using System.Collections.Immutable;
using Octomil.Federations;
using Octomil.Learning.Strategies;
using Octomil.Models;

namespace Octomil.Training;

/// <summary>From an order to a run.</summary>
internal sealed partial class TrainingRunGrain
{
    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);

    public async Task<StartRunResult> StartAsync(string callerId, RunOrder order)
    {
        if (State.Order is not null)
        {
            return State.OwnerId == callerId ? Started() : Refused(StartRunDecision.ModelNotFound);
        }

        var model = await grains.GetModel(order.ModelId).GetAsync(callerId);

        if (model is null || model.OwnerId != callerId)
        {
            return Refused(model is null ? StartRunDecision.ModelNotFound : StartRunDecision.NotOwner);
        }

        if (await CheckAsync(callerId, order, model) is { } refusal)
        {
            return refusal;
        }

        var holder = await HolderAsync(callerId, order, model.Latest!.Version);
        return holder is null ? Refused(StartRunDecision.NoVersion)
            : holder != Id ? await HeldByAsync(holder, order)
            : await IsSharedStillAsync(callerId, order, model) ? await BeginAsync(callerId, order, model)
            : await GiveUpAsync(order);
    }

    // From BeginRun on the model is not taken out of the run's federation; until then it may have been.
    private async Task<bool> IsSharedStillAsync(string callerId, RunOrder order, ModelSnapshot model) => FederationOf(order, model) is not { } federationId
        || (await grains.GetModel(order.ModelId).GetAsync(callerId))?.Federations.Contains(federationId) is true;

    private async Task<StartRunResult> GiveUpAsync(RunOrder order)
    {
        await grains.GetModel(order.ModelId).EndRunAsync(Id);
        return Refused(StartRunDecision.NotShared);
    }

    public Task<bool> HasBegunAsync() => Task.FromResult(State.Order is not null);

    private async Task<string?> HolderAsync(string callerId, RunOrder order, string baseVersion)
    {
        var model = grains.GetModel(order.ModelId);
        var holder = await model.BeginRunAsync(callerId, Id, baseVersion);

        if (holder is null || holder == Id || await grains.GetTrainingRun(holder).HasBegunAsync())
        {
            return holder;
        }

        // A crash came between the model's row and that run's own: it never was, and must not hold the model for ever.
        await model.EndRunAsync(holder);
        return await model.BeginRunAsync(callerId, Id, baseVersion);
    }

    private StartRunResult Started() => new() { Decision = StartRunDecision.Started, RunId = Id };

    private static StartRunResult Refused(StartRunDecision decision, string? reason = null) => new() { Decision = decision, Reason = reason };

    // The same order again is a caller that lost the answer.
    private async Task<StartRunResult> HeldByAsync(string holder, RunOrder order)
    {
        var other = await grains.GetTrainingRun(holder).GetOrderAsync();
        return new StartRunResult
        {
            Decision = other == order ? StartRunDecision.Started : StartRunDecision.RunInProgress, RunId = holder,
        };
    }

    private async Task<StartRunResult?> CheckAsync(string callerId, RunOrder order, ModelSnapshot model)
    {
        if (model.Latest is null)
        {
            return Refused(StartRunDecision.NoVersion);
        }

        try
        {
            var strategy = StrategyOf(order);
            strategy.Check(isPrivate: order.Privacy is not null, isSecure: false);

            if (RoundNeeds.ObstacleOf(strategy, order, model.Latest!.ParameterCount, Options) is { } obstacle)
            {
                return Refused(StartRunDecision.InvalidStrategy, obstacle);
            }
        }
        catch (StrategyException exception)
        {
            return Refused(StartRunDecision.InvalidStrategy, exception.Message);
        }

        if (order.FederationId is { } named && !model.Federations.Contains(named))
        {
            return Refused(StartRunDecision.NotShared);
        }

        if (order.FederationId is null && model.Federations.Count > 1)
        {
            return Refused(StartRunDecision.FederationRequired, string.Join(", ", model.Federations));
        }

        if (FederationOf(order, model) is { } federationId
            && await grains.GetFederation(federationId).GetAsync(callerId) is not { } federation)
        {
            return Refused(StartRunDecision.NotShared);
        }

        var members = await MembersAsync(callerId, FederationOf(order, model), order.Group);
        return members.Any(member => member.Reason is null)
            ? await CheckPrivacyAsync(order, model, members)
            : Refused(StartRunDecision.UnknownGroup);
    }

    private async Task<StartRunResult> BeginAsync(string callerId, RunOrder order, ModelSnapshot model)
    {
        var version = model.Latest!;
        var federationId = FederationOf(order, model);

        // First among the open runs: a crash right after the save must not leave a run that nobody wakes.
        await grains.GetOpenRuns().AddAsync(Id);
        await SaveAsync(await WithPrivacyAsync(State with
        {
            Phase = RunPhase.InProgress,
            Order = order,
            OwnerId = callerId,
            ModelName = model.Description.Name,
            FederationId = federationId,
            BaseVersion = version.Version,
            ArchitectureJson = version.ArchitectureJson,
            LayoutHash = version.LayoutHash,
            ParameterCount = version.ParameterCount,
            Weights = version.Weights,
            Stage = RunScaling.IsNeeded(version.ArchitectureJson) ? RunStage.Statistics : RunStage.Training,
            StartedAt = clock.GetUtcNow(),
            Seed = order.Training.Seed,
            Members = await ByPolicyAsync(order, await MembersAsync(callerId, federationId, order.Group)),
        }));
        await this.RegisterOrUpdateReminder(ReminderName, ReminderPeriod, ReminderPeriod);
        LogStarted(logger, Id, order.ModelId, order.Strategy, order.Rounds);
        GoOnSoon();
        return Started();
    }

    private static string? FederationOf(RunOrder order, ModelSnapshot model) => order.FederationId ?? model.Federations.FirstOrDefault();

    private static AggregationStrategy StrategyOf(RunOrder order) =>
        AggregationStrategies.Create(order.Strategy, order.StrategyParameters
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2))
            .ToDictionary(pair => pair[0], pair => pair.Length > 1 ? pair[1] : "", StringComparer.Ordinal));

    /// <summary>The organizations whose devices may be selected now; one that has no such group is named with the reason.</summary>
    private async Task<ImmutableArray<RunMember>> MembersAsync(string ownerId, string? federationId, string? group)
    {
        ImmutableArray<string> organizationIds = [ownerId];
        ImmutableHashSet<string> suspended = [];

        if (federationId is not null)
        {
            var members = (await grains.GetFederation(federationId).GetAsync(ownerId))?.Members ?? [];
            suspended = [.. members.Where(member => member.Status is MembershipStatus.Suspended).Select(member => member.OrganizationId)];
            organizationIds =
            [
                .. members.Where(member => member.Status is MembershipStatus.Active or MembershipStatus.Suspended).Select(member => member.OrganizationId),
            ];
        }

        var organizations = await Task.WhenAll(organizationIds.Select(id => grains.GetOrganization(id).GetAsync()));
        return
        [
            .. organizations.OfType<Organizations.OrganizationSnapshot>().Select(organization => new RunMember
            {
                OrganizationId = organization.Id,
                Name = organization.Name,
                Reason = suspended.Contains(organization.Id) ? "is suspended in the federation"
                    : group is null || organization.Groups.ContainsKey(group) ? null : $"has no device group '{group}'",
            }),
        ];
    }
}
