using System.Net;
using System.Text.Json;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.EndToEnd.Faults;

/// <summary>A data folder that is full or read-only.</summary>
public sealed class DiskTests
{
    private const int Rounds = 2;
    private const int Devices = 2;

    // Sums of 4 MB and weights of 2 MB.
    private const int Parameters = 500_000;
    private const int SumBytes = Parameters * sizeof(long);

    private static readonly WeightsLayout Layout = ScriptedDevice.LayoutOf(Parameters);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_WithADiskThatIsFullForAWhile_SaysSoAndEndsWithTheSameWeightsAsTheCalmRun()
    {
        using var disk = TemporaryDisk.Mount();
        await using var server = new ServerProcess(disk.Folder);
        await server.StartAsync(Cancellation);
        var calm = await RunAsync(server, (_, _) => Task.CompletedTask, () => Task.CompletedTask);

        var disturbed = await RunAsync(
            server,
            async (tenant, device) =>
            {
                disk.Fill(leave: 0);
                await AssertUnavailableAsync(tenant, device, "full");

                // Enough for the sums with the last update, not for the new weights as well: the round is full and cannot be sealed.
                disk.Free();
                disk.Fill(leave: SumBytes + (SumBytes / 8));
            },
            async () =>
            {
                await server.Process.LineAsync("cannot be sealed while storage is unavailable", Cancellation);
                disk.Free();
            });

        Assert.Equal(calm, disturbed);
    }

    [Fact]
    public async Task Run_WithADiskThatIsReadOnlyForAWhile_SaysSoAndEndsWithTheSameWeightsAsTheCalmRun()
    {
        using var disk = TemporaryDisk.Mount();
        await using var server = new ServerProcess(disk.Folder);
        await server.StartAsync(Cancellation);
        var calm = await RunAsync(server, (_, _) => Task.CompletedTask, () => Task.CompletedTask);

        var disturbed = await RunAsync(
            server,
            async (tenant, device) =>
            {
                disk.MakeReadOnly();
                await AssertUnavailableAsync(tenant, device, "read-only");
                disk.MakeWritable();
            },
            () => Task.CompletedTask);

        Assert.Equal(calm, disturbed);
    }

    [Fact]
    public async Task Server_OnAReadOnlyFolder_SaysSoInOneLineAndEnds()
    {
        using var disk = TemporaryDisk.Mount();
        disk.MakeReadOnly();

        try
        {
            await using var server = new ServerProcess(disk.Folder);
            server.Launch();

            Assert.Equal(1, await server.Process.EndAsync(Wait.Patience, Cancellation));
            var line = Assert.Single(server.Process.Lines);
            Assert.Contains($"The data folder {disk.Folder} cannot be written", line, StringComparison.Ordinal);
            Assert.Contains("Octomil:Storage:DataFolder", line, StringComparison.Ordinal);
        }
        finally
        {
            disk.MakeWritable();
        }
    }

    // The fault begins after one of two updates was acknowledged, and again after both were.
    private static async Task<string> RunAsync(ServerProcess server, Func<Tenant, ScriptedDevice, Task> withOneUpdate, Func<Task> withBoth)
    {
        using var tenant = await Tenant.CreateAsync(server, Cancellation);
        await tenant.PushAsync(Layout, Cancellation);
        var devices = await ScriptedDevice.RegisterAsync(tenant, Layout, Devices, Cancellation);
        await tenant.StartRunAsync(Cancellation, ("rounds", Rounds), ("min_devices", Devices), ("min_updates", Devices));

        var first = await devices[0].AnswerAsync(1, Cancellation);
        Assert.Equal(HttpStatusCode.OK, first.Status);
        await withOneUpdate(tenant, devices[1]);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var takingPart = Task.WhenAll(devices.Select(device => device.TakePartAsync(stop.Token)));
        await withBoth();
        var sha256 = await tenant.CompletedAsync(Cancellation);
        await stop.CancelAsync();
        await takingPart;

        Assert.All(await tenant.HistoryAsync(Cancellation), updates => Assert.Equal(Devices, updates));
        return sha256;
    }

    private static async Task AssertUnavailableAsync(Tenant tenant, ScriptedDevice device, string reason)
    {
        var refused = await device.AnswerAsync(1, Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.Contains(refused.Code, new[] { "not_durable", "unavailable" });
        Assert.NotNull(refused.RetryAfter);

        using var ready = await tenant.Http.GetAsync("/health/ready", Cancellation);
        var health = JsonDocument.Parse(await ready.Content.ReadAsStringAsync(Cancellation)).RootElement;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        Assert.Contains(reason, health.GetProperty("reasons").GetProperty("storage").GetString(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal(1, await tenant.UpdatesAsync(Cancellation));
    }
}
