using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.EndToEnd;

/// <summary>A hospital that is suspended in the middle of a round, with a real server that is killed right after.</summary>
public sealed class SuspensionTests
{
    private static readonly WeightsLayout Layout = ScriptedDevice.LayoutOf(1000);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Suspend_InMidRound_LeavesTheWeightsThatTheOthersMakeAlone()
    {
        var silent = await RunAsync(counts: false);
        var counted = await RunAsync(counts: true);

        Assert.Equal(silent, counted);
    }

    // The SHA-256 of what the owner's two devices make in a round in which the member was suspended: before it sent anything, or after its
    // counted updates were thrown out of the round and the server was killed.
    private static async Task<string> RunAsync(bool counts)
    {
        await using var server = new ServerProcess();
        await server.StartAsync(Cancellation);
        using var owner = await Tenant.CreateAsync(server, Cancellation);
        using var member = await Tenant.CreateAsync(server, Cancellation);
        var memberId = (await member.Http.GetFromJsonAsync<JsonElement>("/api/v1/organizations/current", Cancellation)).GetProperty("id").GetString()!;
        await owner.PushAsync(Layout, Cancellation);
        await owner.PostAsync("/federations", new { name = "consortium" }, Cancellation);
        await owner.PostAsync("/federations/consortium/models", new { model_id = Tenant.Model }, Cancellation);
        await owner.PostAsync("/federations/consortium/invite", new { org_ids = new[] { memberId } }, Cancellation);
        await member.PostAsync("/federations/consortium/join", new { }, Cancellation);
        var mine = await ScriptedDevice.RegisterAsync(owner, Layout, 2, Cancellation);
        var theirs = await ScriptedDevice.RegisterAsync(member, Layout, 2, Cancellation);
        await owner.StartRunAsync(Cancellation, ("rounds", 1), ("min_devices", 4), ("min_updates", 2), ("seed", 7));
        var round = await mine[0].RoundAsync(1, Cancellation);

        if (counts)
        {
            Assert.Equal(HttpStatusCode.OK, (await theirs[0].PutAsync(round, 1, Cancellation)).Status);
            Assert.Equal(HttpStatusCode.OK, (await mine[0].PutAsync(round, 1, Cancellation)).Status);
        }

        await owner.PostAsync("/federations/consortium/suspend", new { org_ids = new[] { memberId } }, Cancellation);

        if (counts)
        {
            // What was answered holds, whatever becomes of the server.
            await server.KillAsync();
            await server.StartAsync(Cancellation);
        }

        Assert.Equal(HttpStatusCode.Forbidden, (await theirs[1].PutUntilAnsweredAsync(round, 1, Cancellation)).Status);
        Assert.Null(await member.FindRoundAsync(theirs[1].Id, Cancellation));
        using var done = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var parts = mine.Select(device => device.TakePartAsync(done.Token)).ToList();
        var weights = await owner.CompletedAsync(Cancellation);
        await done.CancelAsync();
        await Task.WhenAll(parts);
        return weights;
    }
}
