namespace Octomil.Organizations;

/// <summary>A key's row: whom it speaks for, until it is revoked or expires.</summary>
[GenerateSerializer, Immutable, Alias("octomil.api-key-state")]
internal sealed record ApiKeyState
{
    [Id(0)] public ApiKeyGrant? Grant { get; init; }
    [Id(1)] public bool Revoked { get; init; }
    [Id(2)] public DateTimeOffset? LastUsedAt { get; init; }

    public ApiKeyGrant? GrantAt(DateTimeOffset now) => Revoked || Grant?.ExpiresAt <= now ? null : Grant;

    public ApiKeyState UsedAt(DateTimeOffset time) => LastUsedAt >= time ? this : this with { LastUsedAt = time };
}

/// <remarks>Reads interleave and write nothing: when the key was used is memory, which a timer stores.</remarks>
internal sealed class ApiKeyGrain(
    [PersistentState("api-key", StorageNames.Grains)] IPersistentState<ApiKeyState> store, TimeProvider clock) : Grain, IApiKeyGrain
{
    private static readonly TimeSpan _storeAfter = TimeSpan.FromMinutes(1);

    private DateTimeOffset? _usedAt;
    private IGrainTimer? _timer;

    public Task SetAsync(ApiKeyGrant grant) => store.SaveAsync(
        store.State.Grant is null ? store.State with { Grant = grant } : store.State, this);

    public Task RevokeAsync() => store.SaveAsync(store.State.Revoked ? store.State : store.State with { Revoked = true }, this);

    public Task<ApiKeyGrant?> GetAsync()
    {
        var now = clock.GetUtcNow();
        var grant = store.State.GrantAt(now);
        if (grant is not null)
        {
            _usedAt = now;
            _timer ??= this.RegisterGrainTimer(StoreUseAsync, new GrainTimerCreationOptions(_storeAfter, Timeout.InfiniteTimeSpan));
        }

        return Task.FromResult(grant);
    }

    public Task<DateTimeOffset?> GetLastUsedAsync() => Task.FromResult(_usedAt ?? store.State.LastUsedAt);

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => StoreUseAsync();

    private Task StoreUseAsync()
    {
        _timer?.Dispose();
        _timer = null;
        return _usedAt is { } usedAt ? store.SaveAsync(store.State.UsedAt(usedAt), this) : Task.CompletedTask;
    }
}
