using System.Net;
using System.Text.Json;
using Octomil.Client.Http;
using Octomil.Client.Tests.Fakes;
using Octomil.Devices;
using Xunit;

namespace Octomil.Client.Tests.Protocol;

public sealed class ConnectionTests
{
    [Fact]
    public async Task Register_Always_SendsIdentifierPlatformAndSdk()
    {
        await using var bench = await Bench.StartAsync();

        var device = await bench.Client.RegisterAsync(TestContext.Current.CancellationToken);
        var call = await bench.Service.CallAsync("POST /api/v1/devices/register");

        var request = JsonSerializer.Deserialize<RegisterDeviceRequest>(call.Body, ContractJson.Options)!;
        Assert.Equal(("hospital-001", "linux"), (request.DeviceIdentifier, request.Platform));
        Assert.StartsWith("dotnet-", request.SdkVersion, StringComparison.Ordinal);
        Assert.NotNull(request.OsVersion);
        Assert.Equal(device.Id, bench.Client.DeviceId);
    }

    [Fact]
    public async Task Register_WithAWrongKey_SaysSo()
    {
        await using var bench = await Bench.StartAsync("edg_test_wrong");

        var refusal = await Assert.ThrowsAsync<OctomilException>(() => bench.Client.RegisterAsync(TestContext.Current.CancellationToken));

        Assert.Equal((HttpStatusCode.Unauthorized, "unauthorized", true), (refusal.StatusCode, refusal.Code, refusal.IsAuthentication));
        Assert.DoesNotContain("edg_", refusal.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WithAWrongKey_EndsAtOnce()
    {
        await using var bench = await Bench.StartAsync("edg_test_wrong");

        var refusal = await Assert.ThrowsAsync<OctomilException>(
            () => bench.Client.RunAsync(SampleRun.Model, bench.Trainer, TestContext.Current.CancellationToken));

        Assert.True(refusal.IsAuthentication);
    }

    [Fact]
    public async Task Run_OfAKeyThatIsRevokedLater_TriesAgainAfterALongPause()
    {
        await using var bench = await Bench.StartAsync();
        await bench.RunAsync();
        bench.Service.AcceptedKey = "edg_test_another";
        await bench.Service.StopAsync();
        await bench.Service.StartAsync();
        await bench.LineAsync("does not accept the API key any more");
        Assert.False(bench.Running.IsCompleted);

        bench.Service.AcceptedKey = FakeService.ApiKey;
        var connected = bench.LineAsync("Connected to");

        // The connection and the poller pause alike, in any order: whichever pause begins is let pass.
        while (await Task.WhenAny(connected, bench.Clock.WaitedForAsync(TimeSpan.FromSeconds(60))) != connected)
        {
            bench.Clock.Advance(TimeSpan.FromSeconds(60));
        }

        await connected;
    }

    [Fact]
    public async Task Run_OfAServiceThatIsGoneAndBack_ConnectsAgainAndTakesPart()
    {
        await using var bench = await Bench.StartAsync();
        await bench.RunAsync();

        await bench.Service.StopAsync();
        await bench.LineAsync("connecting again");
        bench.Service.Listed.Add(bench.Service.Assign(1));
        await bench.Service.StartAsync();

        await bench.LineAsync("Connected to");
        await bench.LineAsync("answer of round 1");
    }

    [Fact]
    public async Task Run_OfAServiceThatComesLater_WaitsForIt()
    {
        await using var bench = await Bench.StartAsync();
        await bench.Service.StopAsync();
        var running = bench.RunAsync();
        await bench.LineAsync("is not registered yet");

        await bench.Service.StartAsync();

        await running;
    }

    [Fact]
    public async Task Run_OfAServiceThatNeverAnswersTheGreeting_ConnectsAnew()
    {
        await using var bench = await Bench.StartAsync();
        var never = new TaskCompletionSource();
        bench.Service.OnHello = () => never.Task;
        var running = bench.RunAsync();
        await bench.Service.CallAsync("Hello");

        bench.Service.OnHello = () => Task.CompletedTask;
        await bench.Clock.PassAsync(TimeSpan.FromSeconds(40));
        await bench.LineAsync("no answer within 40 s");

        await running;
        never.SetResult();
    }

    [Fact]
    public async Task Run_OfAServiceThatForgotTheDevice_RegistersAgain()
    {
        await using var bench = await Bench.StartAsync();
        await bench.RunAsync();
        await bench.Service.CallAsync("POST /api/v1/devices/register");
        bench.Service.OnPoll = () => FakeEndpoints.Problem(404, ErrorCodes.NotFound, "There is no such device.");

        await bench.Clock.PassAsync(TimeSpan.FromSeconds(5));

        await bench.Service.CallAsync("POST /api/v1/devices/register");
    }

    [Fact]
    public async Task Run_Always_SendsHeartbeats()
    {
        await using var bench = await Bench.StartAsync();
        await bench.RunAsync();
        await bench.Service.CallAsync("Heartbeat");

        await bench.Clock.PassAsync(TimeSpan.FromSeconds(30));

        await bench.Service.CallAsync("Heartbeat");
    }

    [Fact]
    public async Task Run_OfARevokedDevice_Ends()
    {
        await using var bench = await Bench.StartAsync();
        await bench.RunAsync();

        await bench.Service.Devices.Revoked("It was lost.");

        var refusal = await Assert.ThrowsAsync<OctomilException>(() => bench.Running);
        Assert.Equal((OctomilException.Revoked, "This device was revoked: It was lost."), (refusal.Code, refusal.Detail));
    }

    [Fact]
    public async Task Run_Twice_IsRefused()
    {
        await using var bench = await Bench.StartAsync();
        await bench.RunAsync();

        await Assert.ThrowsAsync<InvalidOperationException>(() => bench.Client.TrainAsync(SampleRun.Model, bench.Trainer, null, TestContext.Current.CancellationToken));
    }
}
