using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;
using Octomil.Deployments;
using Octomil.Organizations;
using Octomil.Training;

namespace Octomil.Devices;

/// <summary>The devices' connection. What goes over it are hints; polling tells the same.</summary>
internal sealed partial class DeviceHub(
    IGrainFactory grains, ILocalSiloDetails silo, DeviceConnections connections, DeviceVersions versions, DeviceCertificates certificates, HelloDeadline deadline, TimeProvider clock,
    ILogger<DeviceHub> logger)
    : Hub<IDeviceHubClient>, IDeviceHub
{
    public const string Path = "/hubs/devices";

    public override Task OnConnectedAsync()
    {
        connections.Opened(Speaker(), Context);
        deadline.Watch(Context);
        return Task.CompletedTask;
    }

    public async Task<HelloResponse> Hello(string deviceId, DeviceFacts? facts)
    {
        var caller = Speaker();
        if (caller.KeyId is null)
        {
            throw new HubException("People do not connect here: devices do, with an API key or a token of their own.");
        }

        if (string.IsNullOrEmpty(deviceId) || deviceId.Length > 128)
        {
            throw new HubException("The device id must be 1 to 128 characters.");
        }

        if (DeviceFactTexts.Check(facts).Refusal is { } invalid)
        {
            throw new HubException(invalid.Detail);
        }

        // A key that was revoked while this connection came in: the revocation did not find it.
        if (!await grains.GetOrganization(caller.OrganizationId).IsKeyValidAsync(caller.KeyId))
        {
            Context.Abort();
            throw new HubException("The API key is revoked.");
        }

        var id = DeviceNames.Id(caller, deviceId);
        if (HelloDeadline.DeviceOf(Context) is { } other && other != id)
        {
            throw new HubException("This connection speaks for another device already. Open one for each device.");
        }

        var device = grains.GetDevice(id);

        // Before it is asked whether it may: a revocation in between, of the device or its certificate, either finds this connection or is seen here.
        HelloDeadline.Remember(Context, id);
        if (Context.GetHttpContext() is { } http && (await certificates.BindToDeviceAsync(http, caller)).HasWrongCertificate)
        {
            Context.Abort();
            throw new HubException("The certificate is not the device's any more.");
        }

        var seen = await device.SeenAsync(caller.OrganizationId, silo.SiloAddress, DeviceFactTexts.Read(facts));
        if (seen is not SeenResult.Seen)
        {
            HelloDeadline.Forget(Context);
            throw new HubException(seen is SeenResult.Revoked
                ? Refusal.RevokedText
                : $"There is no device '{Refusal.Shown(deviceId)}' that this key may see. Register it first.");
        }

        // Before the assignments are read: one that is made in between is either pushed or read, never lost.
        connections.Add(id, Context.ConnectionId);
        var assignments = await device.GetAssignmentsAsync(caller.OrganizationId);
        return new HelloResponse
        {
            Assignments = [.. assignments.Select(assignment => AssignmentMessages.For(id, assignment))],
            Versions = await versions.ForAsync(caller.OrganizationId, id),
        };
    }

    public async Task<HeartbeatResponse> Heartbeat(DeviceFacts? facts)
    {
        var caller = Speaker();
        var id = HelloDeadline.DeviceOf(Context) ?? throw new HubException("Say Hello first.");
        if (DeviceFactTexts.Check(facts).Refusal is { } invalid)
        {
            throw new HubException(invalid.Detail);
        }

        return await grains.GetDevice(id).SeenAsync(caller.OrganizationId, silo.SiloAddress, DeviceFactTexts.Read(facts)) is SeenResult.Seen
            ? new HeartbeatResponse { Status = "active", ServerTime = clock.GetUtcNow(), Versions = await versions.ForAsync(caller.OrganizationId, id) }
            : throw new HubException("The device is not registered any more.");
    }

    public async Task<VersionReportReceipt> ReportVersion(VersionReportMessage report)
    {
        var caller = Speaker();
        var id = HelloDeadline.DeviceOf(Context) ?? throw new HubException("Say Hello first.");
        return await versions.ReportAsync(caller, id, report, Context.ConnectionAborted) is { } refusal
            ? throw new HubException(refusal.Detail)
            : new VersionReportReceipt { Status = "stored" };
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        connections.Closed(Context);

        // A device that came back before its old connection was noticed to be dead is still here.
        if (HelloDeadline.DeviceOf(Context) is not { } id || connections.Remove(id, Context.ConnectionId))
        {
            return;
        }

        try
        {
            await grains.GetDevice(id).DisconnectedAsync(silo.SiloAddress);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // The directory forgets a device that is not seen; this only would have been sooner.
            LogDisconnectUntold(logger, failure, id);
        }
    }

    private Caller Speaker() => Caller.Of(Context.User) ?? throw new HubException("An API key is needed.");
}
