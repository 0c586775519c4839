using Octomil.Organizations;

namespace Octomil.Devices;

internal sealed partial class DeviceGrain : IDeviceTokenGrain
{
    public async Task<TokenFamily?> MintAsync(string callerId, string familyId, string keyHash, TimeSpan life)
    {
        if (!store.State.IsOf(callerId))
        {
            return null;
        }

        var now = clock.GetUtcNow();
        var token = new TokenFamily { Id = familyId, Generation = 1, RotatedAt = now, ExpiresAt = now + life, KeyHash = keyHash };
        await store.SaveAsync(store.State with { Token = token }, this);
        return token;
    }

    public async Task<RefreshedFamily> RefreshAsync(string callerId, TokenRefresh refresh, TimeSpan life)
    {
        var (next, answer) = IsActiveOf(callerId)
            ? store.State.RefreshToken(refresh, life, clock.GetUtcNow())
            : (store.State, new RefreshedFamily());
        await store.SaveIfExistsAsync(next, this);
        return answer;
    }

    public Task<bool> HasTokenAsync(string callerId, string familyId) => Task.FromResult(
        IsActiveOf(callerId) && store.State.Token is { } token && token.Id == familyId && token.IsValidAt(clock.GetUtcNow()));

    // What a device may read of its organization ends with the device.
    private bool IsActiveOf(string callerId) => store.State.IsOf(callerId) && store.State.RevokedAt is null;
}
