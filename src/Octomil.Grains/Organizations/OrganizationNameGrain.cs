namespace Octomil.Organizations;

/// <summary>The row of a name.</summary>
[GenerateSerializer, Immutable, Alias("octomil.organization-name-state")]
internal sealed record OrganizationNameState
{
    [Id(0)] public string? OrganizationId { get; init; }
}

internal sealed class OrganizationNameGrain(
    [PersistentState("organization-name", StorageNames.Grains)] IPersistentState<OrganizationNameState> store) : Grain, IOrganizationNameGrain
{
    public async Task<string> ClaimAsync(string organizationId)
    {
        await store.SaveAsync(store.State.OrganizationId is null ? store.State with { OrganizationId = organizationId } : store.State, this);
        return store.State.OrganizationId!;
    }
}
