using Octomil.DeviceSimulator.Fleet;
using Octomil.DeviceSimulator.Histories;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.EndToEnd.Faults;

/// <summary>Many simulated devices with bad habits, of two organizations, while every connection is dropped and the server is killed.</summary>
public sealed class SimulationTests
{
    private const int Devices = 80;
    private const int Rounds = 5;

    private static readonly WeightsLayout Layout = ScriptedDevice.LayoutOf(2_000);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_OfDevicesWithBadHabitsAndAKilledServer_HasAHistoryThatHolds()
    {
        await using var server = new ServerProcess();
        await server.StartAsync(Cancellation);
        using var owner = await Tenant.CreateAsync(server, Cancellation);
        using var member = await Tenant.CreateAsync(server, Cancellation);
        await owner.PushAsync(Layout, Cancellation);
        await FederateAsync(owner, member);
        var folder = Directory.CreateTempSubdirectory("octomil-simulation-");

        try
        {
            var options = new SimulationOptions
            {
                Servers = [server.Address],
                Keys = [owner.Key, member.Key],
                Model = Tenant.Model,
                Devices = Devices,
                Seed = 11,
                Think = new ThinkTime(ThinkShape.Exponential, 0.3, 0.3),
                DropOut = 0.15,
                Duplicates = 0.3,
                SlowShare = 0.1,
                SlowBytesPerSecond = 4_000,
                StormEvery = TimeSpan.FromSeconds(4),
                Poll = TimeSpan.FromSeconds(3),
                Rounds = Rounds,
                Strategy = "fedadam",
                TargetUpdates = Devices / 2,
                MinUpdates = Devices / 4,
                RoundTimeoutSeconds = 60,
                Duration = Wait.Patience * 2,
                HistoryFile = Path.Combine(folder.FullName, "history.jsonl"),
            };
            var simulation = new Simulation(options, TextWriter.Null).RunAsync(Cancellation);
            await owner.UntilAsync(async () => await owner.CurrentRoundAsync(Cancellation) >= 2, "the second round", Cancellation);
            await server.KillAsync();
            await server.StartAsync(Cancellation);
            await simulation.WaitAsync(Wait.Patience * 3, Cancellation);

            var history = await HistoryReader.ReadAsync(options.HistoryFile, Cancellation).ToListAsync(Cancellation);
            var verdict = HistoryChecker.Check(history, await File.ReadAllBytesAsync(options.BaseFile, Cancellation));
            Assert.Empty(verdict.Violations);
            Assert.Empty(verdict.Unverified);
            Assert.Equal((Rounds, Rounds), (verdict.PublishedRounds, verdict.RecomputedRounds));
            Assert.True(verdict.Acknowledged >= Rounds * Devices / 4, $"Only {verdict.Acknowledged} updates were acknowledged.");
            Assert.Superset(
                new HashSet<string> { HistoryKinds.Dropped, HistoryKinds.Storm, HistoryKinds.Acknowledged }, history.Select(happened => happened.Kind).ToHashSet(StringComparer.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task FederateAsync(Tenant owner, Tenant member)
    {
        const string Federation = "consortium";
        var organization = (await member.Http.GetAsync("/api/v1/organizations/current", Cancellation)).EnsureSuccessStatusCode();
        var id = System.Text.Json.JsonDocument.Parse(await organization.Content.ReadAsStringAsync(Cancellation)).RootElement.GetProperty("id").GetString()!;
        await owner.PostAsync("/federations", new { name = Federation }, Cancellation);
        await owner.PostAsync($"/federations/{Federation}/invite", new { org_ids = new[] { id } }, Cancellation);
        await member.PostAsync($"/federations/{Federation}/join", new { org_id = id }, Cancellation);
        await owner.PostAsync($"/federations/{Federation}/models", new { model_id = Tenant.Model }, Cancellation);
    }
}
