using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Octomil.Federations;

/// <remarks>
/// Commands run one at a time, and await runs, which await rounds; runs and models ask back only what interleaves: reads of one immutable
/// state record.
/// </remarks>
internal sealed partial class FederationGrain(
    [PersistentState("federation", StorageNames.Grains)] IPersistentState<FederationState> store,
    IGrainFactory grains, TimeProvider clock, ILogger<FederationGrain> logger) : Grain, IFederationGrain, IRemindable
{
    private string Id => this.GetPrimaryKeyString();

    public async Task<bool> CreateAsync(string ownerId, string ownerName, string name, string? description)
    {
        await store.SaveAsync(store.State.Create(ownerId, ownerName, name, description, clock.GetUtcNow()), this);
        return store.State.OwnerId == ownerId;
    }

    public Task<FederationSnapshot?> GetAsync(string callerId) => Task.FromResult(store.State.ToSnapshot(Id, callerId));

    public Task<bool> IsActiveMemberAsync(string organizationId) => Task.FromResult(store.State.IsActive(organizationId));

    public async Task<InviteResult> InviteAsync(string callerId, ImmutableArray<string> organizationIds)
    {
        if (CheckOwner(callerId) is { } refusal)
        {
            return new InviteResult { Result = refusal };
        }

        var next = store.State;
        var unknown = ImmutableArray.CreateBuilder<string>();

        foreach (var organizationId in organizationIds.Distinct(StringComparer.Ordinal))
        {
            var organization = await grains.GetOrganization(organizationId).GetAsync();

            if (organization is null)
            {
                unknown.Add(organizationId);
                continue;
            }

            next = next.Invite(organizationId, organization.Name);
        }

        await store.SaveAsync(next, this);

        // After the save: an organization never knows of an invitation that the federation does not.
        var invited = next.Members.Where(member => organizationIds.Contains(member.OrganizationId)).ToImmutableArray();
        await Task.WhenAll(invited.Select(member => grains.GetOrganization(member.OrganizationId).AddFederationAsync(Id, next.Name)));
        return new InviteResult { Result = FederationResult.Done, Members = invited, Unknown = unknown.ToImmutable() };
    }

    public async Task<FederationResult> JoinAsync(string callerId)
    {
        // Whoever left and comes back comes back to the next round, not to what it left.
        await TellAsync(Untold([callerId]));
        var (next, result) = store.State.Join(callerId, clock.GetUtcNow());
        await store.SaveIfExistsAsync(next, this);
        return result;
    }

    public async Task<FederationResult> ShareModelAsync(string callerId, string modelId)
    {
        if (CheckOwner(callerId) is { } refusal)
        {
            return refusal;
        }

        var model = await grains.GetModel(modelId).GetAsync(callerId);

        if (model is null || !await grains.GetModel(modelId).ShareWithAsync(callerId, Id))
        {
            return FederationResult.ModelNotFound;
        }

        await store.SaveAsync(store.State.WithModel(modelId, model.Description.Name), this);
        return FederationResult.Done;
    }

    private FederationResult? CheckOwner(string callerId)
    {
        if (store.State.Find(callerId) is null or { Status: MembershipStatus.Left })
        {
            return FederationResult.NotFound;
        }

        return store.State.OwnerId == callerId ? null : FederationResult.NotOwner;
    }
}
