using System.Net;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.EndToEnd.Faults;

/// <summary>Updates that come twice, too late, or where they do not belong.</summary>
[Collection(SharedServer.Collection)]
public sealed class UpdateFaultTests(SharedServer shared)
{
    private const int Rounds = 2;
    private static readonly WeightsLayout Layout = ScriptedDevice.LayoutOf(1000);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_WithUpdatesTwiceLateAndAstray_AnswersEachAsDocumentedAndCountsEachOnce()
    {
        var calm = await RunAsync((_, _) => Task.CompletedTask, (_, _) => Task.CompletedTask);
        var firstRound = "";

        var disturbed = await RunAsync(
            async (tenant, devices) => firstRound = await DisturbOpenRoundAsync(tenant, devices),
            (tenant, devices) => DisturbLaterAsync(tenant, devices, firstRound));

        Assert.Equal(calm, disturbed);
    }

    private static async Task<string> DisturbOpenRoundAsync(Tenant tenant, ScriptedDevice[] devices)
    {
        var round = await tenant.RoundOfAsync(devices[0].Id, 1, Cancellation);
        var update = await devices[0].UpdateOfAsync(1, Cancellation);
        var first = await tenant.PutAsync(round, devices[0].Id, update, Cancellation);
        Assert.Equal(HttpStatusCode.OK, first.Status);

        // Twice, and once more with other values: the first one stands.
        Assert.Equal(first, await tenant.PutAsync(round, devices[0].Id, update, Cancellation));
        Assert.Equal(first, await tenant.PutAsync(round, devices[0].Id, await devices[0].UpdateOfAsync(2, Cancellation), Cancellation));
        Assert.Equal(1, await tenant.UpdatesAsync(Cancellation));

        // Of another model, from a device outside the cohort, for a round that never was, from nobody's device.
        var foreign = await tenant.PutAsync(round, devices[1].Id, await ForeignUpdateAsync(), Cancellation);
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "invalid_weights"), (foreign.Status, foreign.Code));
        Assert.Contains("'v'", foreign.Detail, StringComparison.Ordinal);
        await AssertAsync(tenant, round, devices[3], HttpStatusCode.Forbidden, "not_selected");
        await AssertAsync(tenant, "rnd_0123456789abcdef", devices[1], HttpStatusCode.Conflict, "round_not_open");
        Assert.Equal((HttpStatusCode.NotFound, "not_found"), await CodeAsync(tenant.PutAsync(round, "dev_0123456789abcdef", update, Cancellation)));
        Assert.Equal(1, await tenant.UpdatesAsync(Cancellation));
        return round;
    }

    private static async Task DisturbLaterAsync(Tenant tenant, ScriptedDevice[] devices, string firstRound)
    {
        // Counted: its receipt for ever. Selected and too late. Not selected. None of it counts in the round that is open now.
        var update = await devices[0].UpdateOfAsync(1, Cancellation);
        Assert.Equal(HttpStatusCode.OK, (await tenant.PutAsync(firstRound, devices[0].Id, update, Cancellation)).Status);
        await AssertAsync(tenant, firstRound, devices[2], HttpStatusCode.Conflict, "round_not_open");
        await AssertAsync(tenant, firstRound, devices[3], HttpStatusCode.Forbidden, "not_selected");
        Assert.Equal(0, await tenant.UpdatesAsync(Cancellation));

        // The rounds of another organization's model are as closed to it as ever.
        using var other = await Tenant.CreateAsync(tenant.Server, Cancellation);
        await other.PushAsync(Layout, Cancellation);
        var stranger = (await ScriptedDevice.RegisterAsync(other, Layout, 1, Cancellation))[0];
        await other.StartRunAsync(Cancellation, ("rounds", 1), ("min_devices", 1));
        var theirs = await other.RoundOfAsync(stranger.Id, 1, Cancellation);
        await AssertAsync(tenant, theirs, devices[0], HttpStatusCode.Forbidden, "not_selected");
        Assert.Equal(0, await other.UpdatesAsync(Cancellation));
    }

    // Three are in the cohort, of which two answer; a fourth never is.
    private async Task<string> RunAsync(Func<Tenant, ScriptedDevice[], Task> whileOpen, Func<Tenant, ScriptedDevice[], Task> later)
    {
        using var tenant = await Tenant.CreateAsync(shared.Server, Cancellation);
        await tenant.PushAsync(Layout, Cancellation);
        var devices = await ScriptedDevice.RegisterAsync(tenant, Layout, 4, Cancellation);
        await tenant.PostAsync("/device-groups", new { name = "cohort", mode = "static" }, Cancellation);
        await tenant.PostAsync("/device-groups/cohort/devices", new { devices = devices.Take(3).Select(device => device.Id) }, Cancellation);
        await tenant.StartRunAsync(
            Cancellation, ("rounds", Rounds), ("group", "cohort"), ("min_devices", 3), ("min_updates", 2), ("target_updates", 2), ("over_selection", 1.5));

        await tenant.RoundOfAsync(devices[2].Id, 1, Cancellation);
        await whileOpen(tenant, devices);
        await AnswerAsync(devices, 1);
        await tenant.RoundOfAsync(devices[2].Id, 2, Cancellation);
        await later(tenant, devices);
        await AnswerAsync(devices, 2);

        var sha256 = await tenant.CompletedAsync(Cancellation);
        Assert.Equal("2 2", string.Join(' ', await tenant.HistoryAsync(Cancellation)));
        return sha256;
    }

    private static async Task AnswerAsync(ScriptedDevice[] devices, int round)
    {
        var roundId = await devices[2].RoundAsync(round, Cancellation);

        foreach (var device in devices.Take(2))
        {
            Assert.Equal(HttpStatusCode.OK, (await device.PutAsync(roundId, round, Cancellation)).Status);
        }
    }

    private static async Task<byte[]> ForeignUpdateAsync()
    {
        var layout = WeightsLayout.Create([new TensorSpec("v", TensorType.F32, [1000])]);
        using var stream = new MemoryStream();
        await UpdateWriter.WriteAsync(stream, layout, new float[1000], new UpdateContent { SampleCount = 1 }, Cancellation);
        return stream.ToArray();
    }

    private static async Task AssertAsync(Tenant tenant, string round, ScriptedDevice device, HttpStatusCode status, string code) =>
        Assert.Equal((status, code), await CodeAsync(tenant.PutAsync(round, device.Id, await device.UpdateOfAsync(1, Cancellation), Cancellation)));

    private static async Task<(HttpStatusCode Status, string? Code)> CodeAsync(Task<Answer> answer) => ((await answer).Status, (await answer).Code);
}
