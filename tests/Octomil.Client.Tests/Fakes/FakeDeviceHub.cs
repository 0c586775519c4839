using Microsoft.AspNetCore.SignalR;
using Octomil.Devices;

namespace Octomil.Client.Tests.Fakes;

internal sealed class FakeDeviceHub(FakeService service) : Hub<IDeviceHubClient>
{
    public async Task<HelloResponse> Hello(string deviceId, DeviceFacts? facts)
    {
        service.Calls.Add(new RecordedCall($"Hello {deviceId}", [], null));
        await service.OnHello();
        return new HelloResponse { Assignments = [.. service.Listed], Versions = [.. service.Versions] };
    }

    public HeartbeatResponse Heartbeat(DeviceFacts? facts)
    {
        service.Calls.Add(new RecordedCall("Heartbeat", [], null));
        return new HeartbeatResponse { Status = "active", ServerTime = service.Clock.GetUtcNow() + service.ClockOffset, Versions = [.. service.Versions] };
    }
}
