using System.Net;
using System.Text.Json;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.EndToEnd.Faults;

/// <summary>A data folder that is full or read-only.</summary>
public sealed class DiskTests
{
    private const int Rounds = 2;

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
        await AssertSameWeightsAsync(
            server,
            devices: 2,
            async (tenant, device) =>
            {
                disk.Fill(leave: 0);
                await AssertUnavailableAsync(tenant, device, "full");
                disk.Free();
            },
            () => Task.CompletedTask);
    }

    [Fact]
    public async Task Run_WithADiskTooFullForTheNewWeights_SealsOnceThereIsRoom()
    {
        using var disk = TemporaryDisk.Mount();
        await using var server = new ServerProcess(disk.Folder);
        await AssertSameWeightsAsync(
            server,
            devices: 1,
            (_, _) =>
            {
                // Enough for the sums and the database, not for the new weights as well.
                disk.Fill(leave: SumBytes + (SumBytes / 4));
                return Task.CompletedTask;
            },
            async () =>
            {
                await server.Process.LineAsync("cannot be sealed while storage is unavailable", Cancellation);
                disk.Free();
            });
    }

    [Fact]
    public async Task Run_WithADiskThatIsReadOnlyForAWhile_SaysSoAndEndsWithTheSameWeightsAsTheCalmRun()
    {
        using var disk = TemporaryDisk.Mount();
        await using var server = new ServerProcess(disk.Folder);
        await AssertSameWeightsAsync(
            server,
            devices: 2,
            async (tenant, device) =>
            {
                disk.MakeReadOnly();
                await AssertUnavailableAsync(tenant, device, "read-only");
                disk.MakeWritable();
            },
            () => Task.CompletedTask);
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

    private static async Task AssertSameWeightsAsync(
        ServerProcess server, int devices, Func<Tenant, ScriptedDevice, Task> beforeTheLast, Func<Task> whileTheyTakePart)
    {
        await server.StartAsync(Cancellation);
        var calm = await RunAsync(server, devices, (_, _) => Task.CompletedTask, () => Task.CompletedTask);

        Assert.Equal(calm, await RunAsync(server, devices, beforeTheLast, whileTheyTakePart));
    }

    // All devices but the last have their updates acknowledged before it sends its own, which the test disturbs.
    private static async Task<string> RunAsync(
        ServerProcess server, int devices, Func<Tenant, ScriptedDevice, Task> beforeTheLast, Func<Task> whileTheyTakePart)
    {
        using var tenant = await Tenant.CreateAsync(server, Cancellation);
        await tenant.PushAsync(Layout, Cancellation);
        var cohort = await ScriptedDevice.RegisterAsync(tenant, Layout, devices, Cancellation);
        await tenant.StartRunAsync(Cancellation, ("rounds", Rounds), ("min_devices", devices), ("min_updates", devices));
        await cohort[^1].RoundAsync(1, Cancellation);

        foreach (var device in cohort[..^1])
        {
            Assert.Equal(HttpStatusCode.OK, (await device.AnswerAsync(1, Cancellation)).Status);
        }

        await beforeTheLast(tenant, cohort[^1]);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var takingPart = Task.WhenAll(cohort.Select(device => device.TakePartAsync(stop.Token)));
        await whileTheyTakePart();
        var sha256 = await tenant.CompletedAsync(Cancellation);
        await stop.CancelAsync();
        await takingPart;

        Assert.All(await tenant.HistoryAsync(Cancellation), updates => Assert.Equal(devices, updates));
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
