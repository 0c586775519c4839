using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Octomil.Training;

namespace Octomil.Devices;

/// <remarks>Reads interleave: they see one immutable state record and call only reads that interleave as well.</remarks>
internal sealed partial class DeviceGrain(
    [PersistentState("device", StorageNames.Grains)] IPersistentState<DeviceState> store,
    IGrainFactory grains, DeviceRowWriter rows, IOptions<DirectoryOptions> options, TimeProvider clock) : Grain, IDeviceGrain
{
    private DateTimeOffset? _lastSeenAt;
    private SiloAddress? _connectedTo;

    // Memory and the listing's row only: a battery's charge is not worth a write of the state at every heartbeat.
    private ImmutableSortedDictionary<string, string> _reported = ImmutableSortedDictionary<string, string>.Empty;

    private string Id => this.GetPrimaryKeyString();

    public async Task<DeviceSnapshot?> RegisterAsync(string organizationId, DeviceDescription description)
    {
        var next = store.State.Register(organizationId, description, clock.GetUtcNow());

        if (next is null)
        {
            return null;
        }

        await store.SaveAsync(next, this);
        await TellDirectoryAsync();
        return ToSnapshot();
    }

    public Task<DeviceSnapshot?> GetAsync(string callerId) =>
        Task.FromResult(store.State.IsOf(callerId) ? ToSnapshot() : null);

    public async Task<bool> SeenAsync(string callerId, SiloAddress? connectedTo, ImmutableSortedDictionary<string, string>? reported)
    {
        if (!store.State.IsOf(callerId))
        {
            return false;
        }

        _connectedTo = connectedTo ?? _connectedTo;
        _reported = reported ?? _reported;
        await TellDirectoryAsync();
        return true;
    }

    public async Task DisconnectedAsync(SiloAddress from)
    {
        // A device that has moved to another silo is connected still.
        if (_connectedTo is not null && _connectedTo.Equals(from))
        {
            _connectedTo = null;
            await Directory().DisconnectedAsync(Id, from);
        }
    }

    public async Task<bool> AddToGroupAsync(string callerId, string group)
    {
        if (!store.State.IsOf(callerId))
        {
            return false;
        }

        await store.SaveAsync(store.State.WithGroup(group), this);

        if (_lastSeenAt is not null)
        {
            await TellDirectoryAsync();
        }
        else
        {
            rows.Write(Row(store.State.RegisteredAt));
        }

        return true;
    }

    public async Task<ImmutableArray<RoundAssignment>> GetAssignmentsAsync(string callerId)
    {
        if (!store.State.IsOf(callerId) || await grains.GetOrganization(callerId).GetAsync() is not { } organization)
        {
            return [];
        }

        var assignments = await Task.WhenAll(organization.ActiveRuns.Select(GetAssignmentAsync));
        return [.. assignments.OfType<RoundAssignment>().OrderBy(assignment => assignment.Deadline)];
    }

    private async Task<RoundAssignment?> GetAssignmentAsync(string runId) =>
        await grains.GetTrainingRun(runId).GetOpenRoundAsync() is { } roundId
            ? await grains.GetRound(roundId).GetAssignmentAsync(Id)
            : null;

    private async Task TellDirectoryAsync()
    {
        _lastSeenAt = clock.GetUtcNow();
        rows.Write(Row(_lastSeenAt.Value));
        await Directory().ReadyAsync(new ReadyDevice { Id = Id, Groups = store.State.Groups, ConnectedTo = _connectedTo });
    }

    private IDeviceDirectoryGrain Directory() =>
        grains.GetDeviceDirectory(store.State.OrganizationId, DirectoryPartitions.Of(Id, options.Value.Partitions));

    private DeviceSnapshot ToSnapshot() => new()
    {
        Id = Id,
        OrganizationId = store.State.OrganizationId,
        Description = store.State.Description!,
        RegisteredAt = store.State.RegisteredAt,
        LastSeenAt = _lastSeenAt,
        Connected = _connectedTo is not null,
        Groups = store.State.Groups,
        Reported = _reported,
    };

    private DeviceRow Row(DateTimeOffset lastSeenAt) => new()
    {
        Id = Id,
        OrganizationId = store.State.OrganizationId,
        Identifier = store.State.Description!.Identifier,
        Platform = store.State.Description.Platform,
        SdkVersion = store.State.Description.SdkVersion,
        RegisteredAt = store.State.RegisteredAt,
        LastSeenAt = lastSeenAt,
        Groups = store.State.Groups,
        Facts = store.State.Description.Facts,
        Reported = _reported,
    };
}
