using System.Net;
using Microsoft.AspNetCore.SignalR;
using Octomil.Api.Tests.Fixtures;
using Octomil.Deployments;
using Octomil.Devices;
using Xunit;

namespace Octomil.Api.Tests.Isolation;

/// <summary>Every method of the hub, called by everybody who has no device there, or a device of their own and an eye on others'.</summary>
public sealed class HubIsolationTests(ApiServer server)
{
    // As the owner's device calls them.
    private static readonly Dictionary<string, Func<HubDevice, IsolationScene, Task>> _calls = new(StringComparer.Ordinal)
    {
        [nameof(IDeviceHub.Hello)] = (hub, scene) => hub.HelloAsync(scene["device"]),
        [nameof(IDeviceHub.Heartbeat)] = (hub, _) => hub.HeartbeatAsync(),
        [nameof(IDeviceHub.ReportVersion)] = (hub, scene) => hub.ReportAsync(OfTheOwners(scene)),
    };

    [Fact]
    public void Calls_AreOfEveryMethodOfTheHub() =>
        Assert.Equal(typeof(IDeviceHub).GetMethods().Select(method => method.Name).Order(StringComparer.Ordinal), _calls.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public async Task Calls_OfEverybodyElse_AreRefused()
    {
        var scene = await IsolationScene.CreateAsync(server, "hub");
        await RefusedToConnectAsync(server.Anonymous, HttpStatusCode.Unauthorized);
        await RefusedToConnectAsync(server.As("edg_live_of_nobody_at_the_hub_0123456789"), HttpStatusCode.Unauthorized);
        await RefusedToConnectAsync(scene.RevokedKey, HttpStatusCode.Unauthorized);
        await RefusedToConnectAsync(scene.RevokedDevice, HttpStatusCode.Unauthorized);
        await RefusedToConnectAsync(await scene.Owner.WithScopesAsync(Scopes.DevicesRead, Scopes.TrainingWrite), HttpStatusCode.Forbidden);

        foreach (var caller in (ApiCaller[])[scene.Member, scene.Invited, scene.Suspended, scene.Other, scene.Device])
        {
            await using var hub = new HubDevice(server.Address, caller.Key);
            await hub.StartAsync();
            foreach (var (method, callAsync) in _calls)
            {
                var refused = await Assert.ThrowsAsync<HubException>(() => callAsync(hub, scene));
                Assert.True(method == nameof(IDeviceHub.Hello) ? IsUnknown(refused) : refused.Message.Contains("Say Hello first", StringComparison.Ordinal), refused.Message);
            }

            // A name stands for the caller's own device of that name, and it has none.
            Assert.True(IsUnknown(await Assert.ThrowsAsync<HubException>(() => hub.HelloAsync("hub-device"))));
        }

        await using var owner = new HubDevice(server.Address, scene.Owner.Key);
        await owner.StartAsync();
        foreach (var (_, callAsync) in _calls)
        {
            await callAsync(owner, scene);
        }
    }

    [Fact]
    public async Task Devices_OfOthers_HearNothingOfTheOwnersModel()
    {
        var scene = await IsolationScene.CreateAsync(server, "hub-own");
        foreach (var caller in (ApiCaller[])[scene.Invited, scene.Suspended, scene.Other])
        {
            (await caller.PostAsync("/devices/register", new { device_identifier = "suspended-device" })).Ok();
            await using var hub = new HubDevice(server.Address, caller.Key);
            await hub.StartAsync();

            var hello = await hub.HelloAsync("suspended-device");

            Assert.Empty(hello.Assignments);
            Assert.Empty(hello.Versions);
            Assert.Empty((await hub.HeartbeatAsync()).Versions ?? []);
            Assert.Contains(scene["model"], (await Assert.ThrowsAsync<HubException>(() => hub.ReportAsync(OfTheOwners(scene)))).Message, StringComparison.Ordinal);
        }

        await using var member = new HubDevice(server.Address, scene.Member.Key);
        await member.StartAsync();
        Assert.Equal(scene["round"], Assert.Single((await member.HelloAsync("member-device")).Assignments).RoundId);
    }

    private static VersionReportMessage OfTheOwners(IsolationScene scene) => new() { ModelId = scene["model"], Version = "1.0.0", Status = "active" };

    private static bool IsUnknown(HubException refused) => refused.Message.Contains("There is no device", StringComparison.Ordinal);

    private async Task RefusedToConnectAsync(ApiCaller caller, HttpStatusCode status)
    {
        await using var hub = new HubDevice(server.Address, caller.Key);
        Assert.Equal(status, (await Assert.ThrowsAsync<HttpRequestException>(hub.StartAsync)).StatusCode);
    }
}
