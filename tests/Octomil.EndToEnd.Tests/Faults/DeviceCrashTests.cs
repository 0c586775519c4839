using Xunit;

namespace Octomil.EndToEnd.Faults;

/// <summary>A device agent that is killed while it trains.</summary>
[Collection(SharedServer.Collection)]
public sealed class DeviceCrashTests(SharedServer shared) : IDisposable
{
    // Long enough for three rows on any machine, short enough to wait for: one round lasts so long.
    private const int RoundSeconds = 15;

    private readonly string _folder = Directory.CreateTempSubdirectory("octomil-e2e-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_WithADeviceKilledWhileItTrains_GoesOnWithoutItAndTakesItsReplacement()
    {
        using var tenant = await Tenant.CreateAsync(shared.Server, Cancellation);
        await tenant.PushAsync(DeviceAgents.Architecture, Cancellation);
        var small = DeviceAgents.WriteTable(_folder, "small.csv", rows: 30);
        await using var first = DeviceAgents.Start(tenant, "hospital-1", small);
        await using var second = DeviceAgents.Start(tenant, "hospital-2", small);

        // So many rows that it is still training whenever it is killed.
        await using var victim = DeviceAgents.Start(tenant, "hospital-3", DeviceAgents.WriteTable(_folder, "large.csv", rows: 200_000));

        foreach (var device in new[] { first, second, victim })
        {
            await device.LineAsync("Connected to", Cancellation);
        }

        await tenant.StartRunAsync(
            Cancellation, ("rounds", 3), ("min_devices", 3), ("min_updates", 2), ("local_epochs", 50), ("round_timeout_seconds", RoundSeconds));
        await victim.LineAsync("Selected for round 1/3", Cancellation);
        await victim.KillAsync();
        Assert.False(victim.Says("Trained round 1"));

        // The round closes at its deadline with two of three. The next one selects the device again, as it was seen a moment ago.
        await tenant.UntilAsync(async () => (await tenant.HistoryAsync(Cancellation)) is [2, ..], "the first round to close without the dead device", Cancellation);
        await using var successor = DeviceAgents.Start(tenant, "hospital-3", small);
        await successor.LineAsync("Sent the train answer of round", Cancellation);
        await tenant.CompletedAsync(Cancellation);

        var history = await tenant.HistoryAsync(Cancellation);
        Assert.Equal(2, history[0]);
        Assert.Contains(3, history);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
