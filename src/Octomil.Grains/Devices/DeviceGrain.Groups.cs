namespace Octomil.Devices;

/// <summary>What its organization does with a device.</summary>
internal sealed partial class DeviceGrain
{
    public Task<bool> AddToGroupAsync(string callerId, string group) => ChangeAsync(callerId, state => state.WithGroup(group));

    public Task<bool> RemoveFromGroupAsync(string callerId, string group) => ChangeAsync(callerId, state => state.WithoutGroup(group));

    public async Task<DeviceSnapshot?> RevokeAsync(string callerId)
    {
        if (!store.State.IsOf(callerId))
        {
            return null;
        }

        await store.SaveAsync(store.State.Revoke(clock.GetUtcNow()), this);
        rows.Write(Row(_lastSeenAt ?? store.State.RegisteredAt));
        await Directory().RemoveAsync(Id);

        // After the save: whoever connects from now on is refused, so no connection is missed.
        await push.EndDeviceAsync(Id, mayReturn: false);
        _connectedTo = null;
        return ToSnapshot();
    }

    private async Task<bool> ChangeAsync(string callerId, Func<DeviceState, DeviceState> change)
    {
        if (!store.State.IsOf(callerId))
        {
            return false;
        }

        await store.SaveAsync(change(store.State), this);
        _groups = null;

        if (_lastSeenAt is not null && store.State.RevokedAt is null)
        {
            await TellDirectoryAsync();
        }
        else
        {
            rows.Write(Row(store.State.RegisteredAt));
        }

        return true;
    }
}
