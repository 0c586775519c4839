using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Octomil.Models;
using Octomil.Organizations;

namespace Octomil.Deployments;

/// <remarks>
/// What devices count is memory only: it is lost with the silo and comes back within a window, while a decision about it is saved
/// before anything follows from it. Reads interleave: they see one immutable state record. What webhooks are to be told is saved with the
/// change, and a reminder, set before, sees to it that they are.
/// </remarks>
internal sealed partial class DeploymentGrain(
    [PersistentState("deployment", StorageNames.Grains)] IPersistentState<DeploymentState> store,
    IGrainFactory grains, IRollbackPolicies policies, IAuditLog audit, IIdSource ids, TimeProvider clock, ILogger<DeploymentGrain> logger) : Grain, IDeploymentGrain, IRemindable
{
    private const string ReminderName = "tell";

    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PolicyLifetime = TimeSpan.FromSeconds(10);

    private HealthWindow? _health;
    private (RollbackPolicy Policy, DateTimeOffset ReadAt)? _policy;

    private string Key => this.GetPrimaryKeyString();

    private string OrganizationId => Key[..Key.IndexOf('/', StringComparison.Ordinal)];

    private string ModelId => Key[(Key.IndexOf('/', StringComparison.Ordinal) + 1)..];

    public override Task OnActivateAsync(CancellationToken cancellationToken) =>
        store.RecordExists ? TellAsync() : Task.CompletedTask;

    public async Task<RolloutAnswer> DeployAsync(DeployOrder order)
    {
        if (await grains.GetModel(ModelId).GetAsync(OrganizationId) is not { } model)
        {
            return Refused(RolloutResult.ModelNotFound);
        }

        if (Find(model, order.Version) is not { } version)
        {
            return RefusedVersion(model, order.Version);
        }

        if (order.Group is { } group && !await HasGroupAsync(group))
        {
            return Refused(RolloutResult.GroupNotFound);
        }

        var named = store.State with { ModelName = model.Description.Name };
        var now = clock.GetUtcNow();
        return await SaveAsync(order.EndsExperiment is null ? named.Deploy(order, version, NewId(), now) : named.Promote(order, version, NewId(), now), "deploy");
    }

    public Task<RolloutAnswer> ChangeAsync(string rolloutId, RolloutChange change) =>
        SaveAsync(store.State.Change(rolloutId, change, clock.GetUtcNow()), "change");

    public async Task<RolloutAnswer> RollBackAsync(string? version, string? reason)
    {
        DeployedVersion? to = null;

        if (version is not null)
        {
            if (await grains.GetModel(ModelId).GetAsync(OrganizationId) is not { } model)
            {
                return Refused(RolloutResult.ModelNotFound);
            }

            if (Find(model, version) is not { } found)
            {
                return RefusedVersion(model, version);
            }

            to = found;
        }

        return await SaveAsync(store.State.RollBack(to, reason, automatic: false, NewId(), clock.GetUtcNow()), "roll back");
    }

    public async Task ReceiveReminder(string reminderName, TickStatus status)
    {
        await TellAsync();

        // Also where a crash came before the change was saved, or after it was told.
        await RestAsync();
    }

    public Task<DeploymentSnapshot> GetAsync() => Task.FromResult(new DeploymentSnapshot
    {
        Rollouts = [.. store.State.Rollouts.Reverse()],
        Health = _health?.All(clock.GetUtcNow()) ?? ImmutableSortedDictionary<string, VersionCounts>.Empty,
        Experiment = store.State.Experiment,
        LastExperiment = store.State.LastExperiment,
        InForce = store.State.InForce,
    });

    public async Task CountAsync(ImmutableArray<CountedVersion> counted)
    {
        var policy = await PolicyAsync();
        _health ??= new HealthWindow(policy.Window);
        var now = clock.GetUtcNow();

        foreach (var one in counted)
        {
            _health.Add(one, now, store.State.IsWatched(one.Version));
        }

        if (store.State.Subject is { IsRollback: false } subject && !(now < store.State.CoolUntil)
            && policy.Judge(_health.Of(subject.Version.Version, now)) is { } bad)
        {
            await RollBackByItselfAsync(subject, bad, policy, now);
        }

        await JudgeExperimentAsync(policy, now);
    }

    // Saved as one transition: whatever is counted or lost after it, the rollout is over and not judged again.
    private async Task RollBackByItselfAsync(Rollout subject, string bad, RollbackPolicy policy, DateTimeOffset now)
    {
        if (subject is { Previous: null, IsOpen: false })
        {
            // All devices run it and there is nothing to go back to: that is for people to decide.
            return;
        }

        var reason = subject.Previous is { } previous
            ? $"Rolled back from {subject.Version.Version} to {previous.Version} by itself: {bad}."
            : $"Ended by itself: {bad}. No version was deployed before {subject.Version.Version}, so that devices that have it keep it.";
        var (next, answer) = subject.Previous is null
            ? store.State.GiveUp(subject, reason, now)
            : store.State.RollBack(version: null, reason, automatic: true, NewId(), now);
        await SaveAsync((next with { CoolUntil = now + policy.Cooldown }, answer), "roll back by itself");
        await audit.AppendAsync(
            AuditEntry.ByService(OrganizationId, "rollout.roll-back", $"{store.State.ModelName} {subject.Id}", now) with { Detail = reason }, CancellationToken.None);
        LogRolledBackByItself(logger, OrganizationId, ModelId, subject.Id, subject.Version.Version, answer.Rollout?.Version.Version, bad);
    }

    private async Task<RolloutAnswer> SaveAsync((DeploymentState Next, RolloutAnswer Answer) transition, string command)
    {
        var (next, answer) = transition;
        var before = store.State;

        if (answer.Result is not RolloutResult.Done)
        {
            return answer;
        }

        if (next.Generation != before.Generation || next.Rollouts != before.Rollouts)
        {
            await SaveWithNewsAsync(next);
            LogChanged(logger, OrganizationId, ModelId, command, answer.Rollout!.Id, answer.Rollout.Version.Version, answer.Rollout.Status, answer.Rollout.BasisPoints);

            if (before.Find(answer.Rollout.Id)?.StartedAt != answer.Rollout.StartedAt)
            {
                _health?.Forget(answer.Rollout.Version.Version);
            }

            await NoteEndOfExperimentAsync(before);
        }

        // Also where nothing changed: the caller asks again because it, or the devices, were not told.
        await TellAsync();
        return answer;
    }

    private async Task SaveWithNewsAsync(DeploymentState next)
    {
        next = next.WithNewsSince(store.State, new DeploymentKey(OrganizationId, ModelId, next.ModelName), clock.GetUtcNow());

        if (!next.Untold.IsEmpty)
        {
            await this.RegisterOrUpdateReminder(ReminderName, ReminderPeriod, ReminderPeriod);
        }

        await store.SaveIfChangedAsync(next, this);
    }

    private async Task TellAsync()
    {
        await grains.GetVersionRules(OrganizationId).PutAsync(store.State.ToRule(ModelId));

        if (store.State.Untold.IsEmpty)
        {
            return;
        }

        foreach (var news in store.State.Untold)
        {
            await grains.GetWebhooks(OrganizationId).RaiseAsync(news);
        }

        await store.SaveAsync(store.State with { Untold = [] }, this);
        await RestAsync();
    }

    private async Task RestAsync()
    {
        if (await this.GetReminder(ReminderName) is { } reminder)
        {
            await this.UnregisterReminder(reminder);
        }
    }

    private async Task<RollbackPolicy> PolicyAsync()
    {
        var now = clock.GetUtcNow();

        if (_policy is not { } known || now - known.ReadAt > PolicyLifetime)
        {
            var policy = await policies.GetAsync(OrganizationId);
            _health = _policy?.Policy.Window == policy.Window ? _health : null;
            _policy = known = (policy, now);
        }

        return known.Policy;
    }

    private async Task<bool> HasGroupAsync(string group) =>
        await grains.GetOrganization(OrganizationId).GetAsync() is { } organization && organization.Groups.ContainsKey(group);

    private static DeployedVersion? Find(ModelSnapshot model, string version) =>
        model.Find(version) is not { Deprecation: null } found ? null : new DeployedVersion
        {
            Version = found.Version,
            Sha256 = found.Weights.Sha256,
            Bytes = found.Weights.Bytes,
        };

    private static RolloutAnswer RefusedVersion(ModelSnapshot model, string version) =>
        Refused(model.Find(version) is null ? RolloutResult.VersionNotFound : RolloutResult.VersionDeprecated);

    private static RolloutAnswer Refused(RolloutResult result) => new() { Result = result };

    private string NewId() => ids.NewId("rol_", 16);
}
