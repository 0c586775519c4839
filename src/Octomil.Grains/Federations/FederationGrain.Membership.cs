using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Octomil.Training;

namespace Octomil.Federations;

/// <summary>
/// Memberships that end. First the row says so, and whom the runs have still to be told of; then every open run, and through it its round,
/// saves that the organization is excluded; only then the command is answered. Whatever comes between, the row's list is worked off: by
/// the next command, by a timer, after a silo's death by the runs that are woken, and at the latest by a reminder.
/// </summary>
internal sealed partial class FederationGrain
{
    private const string ReminderName = "tell";

    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);

    private IGrainTimer? _telling;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        TellSoon();
        return Task.CompletedTask;
    }

    public async Task<MembershipResult> ChangeMembersAsync(string callerId, MembershipChange change, ImmutableArray<string> organizationIds)
    {
        if (CheckOwner(callerId) is { } refusal)
        {
            return new MembershipResult { Result = refusal };
        }

        if (change is MembershipChange.Reinstate)
        {
            // It was out, and is so for the rounds that are open: also where a crash kept them from hearing it.
            await TellAsync(Untold(organizationIds));
        }

        var (next, result) = store.State.Change(change, organizationIds);
        return result is FederationResult.Done
            ? await EndAsync(next, organizationIds)
            : new MembershipResult
            {
                Result = result,
                Unknown = [.. organizationIds.Where(id => next.Find(id) is null)],
                Members = [.. Named(organizationIds).Where(member => member.IsOwner || !FederationState.IsPossible(change, member.Status))],
            };
    }

    public async Task<MembershipResult> LeaveAsync(string callerId)
    {
        var (next, result) = store.State.Leave(callerId);

        if (result is not FederationResult.Done)
        {
            return new MembershipResult
            {
                Result = result, Members = [.. next.Members.Where(member => !member.IsOwner && member.Status is MembershipStatus.Active)],
            };
        }

        if (callerId == store.State.OwnerId && await UnshareAllAsync() is { } trained)
        {
            return new MembershipResult { Result = FederationResult.RunInProgress, Model = trained };
        }

        return await EndAsync(next, [callerId]);
    }

    public async Task<FederationResult> UnshareModelAsync(string callerId, string modelId)
    {
        if (CheckOwner(callerId) is { } refusal)
        {
            return refusal;
        }

        if (!await grains.GetModel(modelId).UnshareWithAsync(store.State.OwnerId, Id))
        {
            return FederationResult.RunInProgress;
        }

        await store.SaveAsync(store.State.WithoutModel(modelId), this);
        return FederationResult.Done;
    }

    public Task WakeAsync()
    {
        TellSoon();
        return Task.CompletedTask;
    }

    public Task ReceiveReminder(string reminderName, TickStatus status) => TellAllAsync(CancellationToken.None);

    private async Task<MembershipResult> EndAsync(FederationState next, ImmutableArray<string> organizationIds)
    {
        if (!next.Untold.IsEmpty && !ReferenceEquals(next, store.State))
        {
            // Before the save: a crash right after it must leave somebody who goes on.
            await this.RegisterOrUpdateReminder(ReminderName, ReminderPeriod, ReminderPeriod);
        }

        await store.SaveAsync(next, this);

        // Also of those that were told before: whoever asks again is to hear of rounds that are being sealed.
        var sealing = await TellAsync([.. organizationIds.Where(id => !next.IsActive(id))]);
        return new MembershipResult { Result = FederationResult.Done, Members = [.. Named(organizationIds)], SealingRounds = sealing };
    }

    private ImmutableArray<string> Untold(ImmutableArray<string> organizationIds) => organizationIds.RemoveAll(id => !store.State.Untold.Contains(id));

    /// <summary>Tells every open run that the organizations are out; the rounds for which it was too late.</summary>
    private async Task<ImmutableArray<string>> TellAsync(ImmutableArray<string> untold)
    {
        if (untold.IsEmpty)
        {
            return [];
        }

        try
        {
            var results = await Task.WhenAll(untold.SelectMany(organizationId => store.State.Models.Keys.Select(modelId => TellAsync(modelId, organizationId))));
            await store.SaveAsync(untold.Aggregate(store.State, (state, organizationId) => state.Told(organizationId)), this);
            await ForgetReminderAsync();
            return [.. results.Where(result => result?.Decision is ExcludeDecision.TooLate).Select(result => result!.RoundId!).Distinct(StringComparer.Ordinal)];
        }
        catch
        {
            TellSoon();
            throw;
        }
    }

    // A model is trained by one run at a time, which says so in the model's row before it asks who is a member.
    private async Task<ExcludeResult?> TellAsync(string modelId, string organizationId) =>
        await grains.GetModel(modelId).GetActiveRunAsync() is { } runId
            ? await grains.GetTrainingRun(runId).ExcludeAsync(Id, organizationId)
            : null;

    private async Task TellAllAsync(CancellationToken cancellationToken)
    {
        try
        {
            await TellAsync([.. store.State.Untold]);
            _telling?.Dispose();
            _telling = null;

            if (store.State.Untold.IsEmpty)
            {
                await ForgetReminderAsync();
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The top of a loop: it comes again.
            LogNotTold(logger, exception, Id);
        }
    }

    private async Task ForgetReminderAsync()
    {
        if (store.State.Untold.IsEmpty && await this.GetReminder(ReminderName) is { } reminder)
        {
            await this.UnregisterReminder(reminder);
        }
    }

    private void TellSoon()
    {
        if (!store.State.Untold.IsEmpty && _telling is null)
        {
            _telling = this.RegisterGrainTimer(TellAllAsync, new GrainTimerCreationOptions(Again, Again) { KeepAlive = true });
        }
    }

    /// <summary>The name of a model that cannot be taken back, as a run trains it; null where all are the owner's alone.</summary>
    private async Task<string?> UnshareAllAsync()
    {
        foreach (var (modelId, name) in store.State.Models)
        {
            if (!await grains.GetModel(modelId).UnshareWithAsync(store.State.OwnerId, Id))
            {
                return name;
            }

            await store.SaveAsync(store.State.WithoutModel(modelId), this);
        }

        return null;
    }

    private IEnumerable<FederationMember> Named(ImmutableArray<string> organizationIds) => organizationIds.Select(store.State.Find).OfType<FederationMember>();

    [LoggerMessage(2200, LogLevel.Warning, "Federation {FederationId}: an open run did not confirm yet that a membership ended; it is told again.")]
    private static partial void LogNotTold(ILogger logger, Exception exception, string federationId);
}
