namespace Octomil.Organizations;

/// <summary>A key's row: whom it speaks for, until it is revoked.</summary>
[GenerateSerializer, Immutable, Alias("octomil.api-key-state")]
internal sealed record ApiKeyState
{
    [Id(0)] public ApiKeyGrant? Grant { get; init; }
    [Id(1)] public bool Revoked { get; init; }
}

internal sealed class ApiKeyGrain(
    [PersistentState("api-key", StorageNames.Grains)] IPersistentState<ApiKeyState> store) : Grain, IApiKeyGrain
{
    public Task SetAsync(ApiKeyGrant grant) => store.SaveAsync(
        store.State.Grant is null ? store.State with { Grant = grant } : store.State, this);

    public Task RevokeAsync() => store.SaveAsync(store.State.Revoked ? store.State : store.State with { Revoked = true }, this);

    public Task<ApiKeyGrant?> GetAsync() => Task.FromResult(store.State.Revoked ? null : store.State.Grant);
}
