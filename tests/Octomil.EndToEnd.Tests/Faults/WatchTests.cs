using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.EndToEnd.Faults;

/// <summary><c>octomil train status --watch</c> while the server is killed and comes back, and while there is none.</summary>
public sealed class WatchTests
{
    private static readonly WeightsLayout Layout = ScriptedDevice.LayoutOf(1000);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Watch_WithTheServerKilledAndStartedAgain_GoesOnToTheEndOfTheRun()
    {
        await using var server = new ServerProcess();
        await server.StartAsync(Cancellation);
        using var tenant = await Tenant.CreateAsync(server, Cancellation);
        await tenant.PushAsync(Layout, Cancellation);
        var device = (await ScriptedDevice.RegisterAsync(tenant, Layout, 1, Cancellation))[0];
        await tenant.StartRunAsync(Cancellation, ("rounds", 2), ("min_devices", 1));
        await using var watch = Watch(tenant);
        await watch.LineAsync("round 1/2", Cancellation);

        await server.KillAsync();
        await watch.LineAsync("Trying again.", Cancellation);
        await server.StartAsync(Cancellation);
        await device.AnswerAsync(1, Cancellation);
        await watch.LineAsync("round 2/2", Cancellation);
        await device.AnswerAsync(2, Cancellation);

        Assert.Equal(0, await watch.EndAsync(Wait.Patience, Cancellation));
        Assert.True(watch.Says("Training complete: radiology-v1"), watch.Log());
    }

    [Fact]
    public async Task Watch_OfAServiceThatIsNotThere_EndsWith2AndSaysWhatToDo()
    {
        await using var server = new ServerProcess();
        using var tenant = new Tenant(server, ServerProcess.Key);
        await using var watch = Watch(tenant);

        Assert.Equal(2, await watch.EndAsync(Wait.Patience, Cancellation));
        Assert.True(watch.Says("error: ") && watch.Says("hint: "), watch.Log());
    }

    private static RunningProcess Watch(Tenant tenant) => RunningProcess.Start(
        Programs.Cli,
        ["train", "status", Tenant.Model, "--watch"],
        new Dictionary<string, string> { ["OCTOMIL_API_BASE"] = tenant.Server.Address, ["OCTOMIL_API_KEY"] = tenant.Key });
}
