using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

/// <summary>Memberships that end while a round is open.</summary>
public sealed class SuspensionTests(ApiServer server)
{
    [Theory]
    [InlineData("suspend", "suspended")]
    [InlineData("remove", "left")]
    [InlineData("leave", "left")]
    public async Task End_OfAMembershipInMidRound_TakesItsUpdatesOutAndRefusesItsDevices(string how, string status)
    {
        var scene = await SceneAsync($"ends-{how}");
        var round = (await TrainingScene.AssignmentAsync(scene.Member, scene.Theirs[0])).Text("round_id");
        await using var hub = new HubDevice(server.Address, scene.Member.Key);
        await hub.StartAsync();
        await hub.HelloAsync(scene.Theirs[1]);
        (await PutAsync(scene.Member, round, scene.Theirs[0], 100)).Ok();

        var ended = how == "leave"
            ? (await scene.Member.PostAsync($"/federations/{scene.Name}/leave", new { })).Ok()
            : (await scene.Owner.PostAsync($"/federations/{scene.Name}/{how}", new { org_ids = new[] { scene.Member.OrganizationId } })).Ok().EnumerateArray().Single();

        Assert.Equal((scene.Member.OrganizationId, status, "now"), (ended.Text("org_id"), ended.Text("status"), ended.Text("effective")));
        Assert.Equal((round, "excluded"), await hub.ClosedAsync());
        (await PutAsync(scene.Member, round, scene.Theirs[1], 100)).Refused(403, ErrorCodes.OrganizationSuspended);
        (await PutAsync(scene.Member, round, scene.Theirs[0], 100)).Refused(403, ErrorCodes.OrganizationSuspended);
        Assert.Empty((await scene.Member.GetAsync($"/training/rounds?device_id={scene.Theirs[1]}")).Ok().List("rounds"));
        (await scene.Member.GetAsync($"/models/{scene.Name}")).Refused(404, ErrorCodes.NotFound);
        Assert.Empty((await scene.Member.GetAsync("/models")).Ok().List("models"));
        (await scene.Member.GetAsync($"/training/{scene.Name}/status")).Refused(404, ErrorCodes.NotFound);

        // Each organization has sums of its own: the others go on in the same attempt, and what was counted is left out of its result.
        foreach (var device in scene.Mine)
        {
            (await PutAsync(scene.Owner, round, device, 2)).Ok();
        }

        await CompletedAsync(scene);
        Assert.All(TestWeights.Trained((await scene.Owner.GetAsync($"/models/{scene.Name}/versions/2.0.0/download")).Body), value => Assert.Equal(3, value, 3));
        var history = (await scene.Owner.GetAsync($"/training/{scene.Name}/contributions")).Ok();
        Assert.Equal([(scene.Owner.OrganizationId, 2L, 2L), (scene.Member.OrganizationId, 0, 0)], history.List("rounds").Single().List("organizations")
            .Select(part => (part.Text("org_id"), part.Number("updates"), part.Number("samples"))).OrderByDescending(part => part.Item2));
    }

    [Fact]
    public async Task Suspend_BeforeAnythingOfItCounts_LetsTheRoundGoOn()
    {
        var scene = await SceneAsync("goes-on");
        var round = (await TrainingScene.AssignmentAsync(scene.Owner, scene.Mine[0])).Text("round_id");
        (await PutAsync(scene.Owner, round, scene.Mine[0], 2)).Ok();
        await SuspendAsync(scene);

        var contributions = (await scene.Owner.GetAsync($"/training/rounds/{round}/contributions")).Ok();
        Assert.Equal(("open", 1), (contributions.Text("status"), contributions.Number("updates")));
        Assert.True(contributions.List("organizations").Single(part => part.Text("org_id") == scene.Member.OrganizationId).GetProperty("excluded").GetBoolean());

        (await PutAsync(scene.Owner, round, scene.Mine[1], 2)).Ok();
        await CompletedAsync(scene);
    }

    [Fact]
    public async Task Reinstate_MakesTheMemberPartOfTheNextRound()
    {
        var scene = await SceneAsync("reinstates", rounds: 2);
        var round = (await TrainingScene.AssignmentAsync(scene.Member, scene.Theirs[0])).Text("round_id");
        await SuspendAsync(scene);
        var body = new { org_ids = new[] { scene.Member.OrganizationId } };
        Assert.Equal("active", (await scene.Owner.PostAsync($"/federations/{scene.Name}/reinstate", body)).Ok().EnumerateArray().Single().Text("status"));

        (await PutAsync(scene.Member, round, scene.Theirs[0], 2)).Refused(403, ErrorCodes.OrganizationSuspended);
        foreach (var device in scene.Mine)
        {
            (await PutAsync(scene.Owner, round, device, 2)).Ok();
        }

        var next = await TrainingScene.AssignmentAsync(scene.Member, scene.Theirs[0], offer => offer.Text("round_id") != round);
        Assert.Equal(2, next.Number("round_number"));
        (await PutAsync(scene.Member, next.Text("round_id"), scene.Theirs[0], 2)).Ok();
    }

    [Fact]
    public async Task Suspend_InAnAsynchronousRun_RefusesItsLateUpdatesToo()
    {
        var scene = await SceneAsync("buffers", rounds: 3, strategy: "fedbuff");
        var first = (await TrainingScene.AssignmentAsync(scene.Member, scene.Theirs[0])).Text("round_id");

        // The buffer holds two: the next round is open, and the member's devices still train from the first one's base.
        foreach (var device in scene.Mine)
        {
            (await PutAsync(scene.Owner, first, device, 2)).Ok();
        }

        await TrainingScene.AssignmentAsync(scene.Owner, scene.Mine[0], offer => offer.Number("round_number") == 2);
        (await PutAsync(scene.Member, first, scene.Theirs[0], 100)).Ok();
        await SuspendAsync(scene);

        // While the attempt is given up it is excluded from it; of the one after that it is no part at all.
        Assert.Contains((int)(await PutAsync(scene.Member, first, scene.Theirs[1], 100)).Status, (int[])[403, 409]);
        Assert.Empty((await scene.Member.GetAsync($"/training/rounds?device_id={scene.Theirs[1]}")).Ok().List("rounds"));

        var again = await TrainingScene.AssignmentAsync(scene.Owner, scene.Mine[0], offer => offer.Number("round_number") == 2);
        foreach (var device in scene.Mine)
        {
            (await PutAsync(scene.Owner, again.Text("round_id"), device, 2)).Ok();
        }

        await TrainingScene.AssignmentAsync(scene.Owner, scene.Mine[0], offer => offer.Number("round_number") == 3);
        var rounds = (await scene.Owner.GetAsync($"/training/{scene.Name}/contributions")).Ok().List("rounds").ToList();
        Assert.Equal(0, rounds[0].List("organizations").Where(part => part.Text("org_id") == scene.Member.OrganizationId).Sum(part => part.Number("updates")));
    }

    [Fact]
    public async Task Changes_ThatCannotBe_AreRefusedWithTheReason()
    {
        var (owner, member) = (await server.OrganizationAsync("Cannot change"), await server.OrganizationAsync("Cannot be changed"));
        await owner.PushAsync("kept", await TestWeights.FileAsync(1));
        await owner.FederateAsync("f", member, "kept");
        var ofMember = new { org_ids = new[] { member.OrganizationId } };

        (await member.PostAsync("/federations/f/suspend", ofMember)).Refused(403, ErrorCodes.NotOwner);
        (await owner.PostAsync("/federations/f/suspend", new { org_ids = new[] { owner.OrganizationId } })).Refused(409, ErrorCodes.WrongStatus);
        (await owner.PostAsync("/federations/f/suspend", new { org_ids = new[] { member.OrganizationId, "org_abc123" } })).Refused(404, ErrorCodes.NotFound);
        (await owner.PostAsync("/federations/f/leave", new { })).Refused(409, ErrorCodes.MembersActive);
        (await owner.PostAsync("/federations/f/suspend", new { org_ids = Array.Empty<string>() })).RefusedFor("org_ids");
        (await member.SendAsync(HttpMethod.Delete, "/federations/f/models/kept", null)).Refused(403, ErrorCodes.NotOwner);

        (await owner.PostAsync("/federations/f/suspend", ofMember)).Ok();
        (await member.PostAsync("/federations/f/join", new { })).Refused(403, ErrorCodes.OrganizationSuspended);
        Assert.Equal("left", (await member.PostAsync("/federations/f/leave", new { })).Ok().Text("status"));
        Assert.Equal("left", (await member.PostAsync("/federations/f/leave", new { })).Ok().Text("status"));
        (await member.PostAsync("/federations/f/join", new { })).Refused(404, ErrorCodes.NotFound);
        (await owner.PostAsync("/federations/f/reinstate", ofMember)).Refused(409, ErrorCodes.WrongStatus);
        Assert.Equal("invited", (await owner.PostAsync("/federations/f/invite", ofMember)).Ok().EnumerateArray().Single().Text("status"));
    }

    [Fact]
    public async Task Unshare_TakesTheModelBack_ButNotWhileARunTrainsIt()
    {
        var scene = await SceneAsync("unshares");
        (await scene.Owner.SendAsync(HttpMethod.Delete, $"/federations/{scene.Name}/models/{scene.Name}", null)).Refused(409, ErrorCodes.RunInProgress);
        (await scene.Owner.PostAsync($"/training/{scene.Name}/stop", new { })).Ok();

        Assert.Empty((await scene.Owner.SendAsync(HttpMethod.Delete, $"/federations/{scene.Name}/models/{scene.Name}", null)).Ok().EnumerateArray());

        (await scene.Member.GetAsync($"/models/{scene.Name}")).Refused(404, ErrorCodes.NotFound);
        Assert.Empty((await scene.Owner.GetAsync($"/models/{scene.Name}")).Ok().List("federations"));
    }

    private sealed record Scene(string Name, ApiCaller Owner, ApiCaller Member, IReadOnlyList<string> Mine, IReadOnlyList<string> Theirs);

    /// <summary>Two organizations with two devices each, and a run that waits for all four.</summary>
    private async Task<Scene> SceneAsync(string name, int rounds = 1, string strategy = "fedavg")
    {
        var (owner, member) = (await server.OrganizationAsync($"{name} A"), await server.OrganizationAsync($"{name} B"));
        await owner.PushAsync(name, await TestWeights.FileAsync(1));
        await owner.FederateAsync(name, member, name);
        var scene = new Scene(name, owner, member, await TrainingScene.RegisterAsync(owner, 2), await TrainingScene.RegisterAsync(member, 2));
        (await owner.PostAsync("/training/sessions", new
        {
            model_id = name, rounds, strategy, min_devices = 2, min_updates = 2,
            @params = strategy == "fedbuff" ? new Dictionary<string, string> { ["buffer"] = "2" } : new Dictionary<string, string>(),
        })).Ok();
        await TrainingScene.AssignmentAsync(member, scene.Theirs[0]);
        await TrainingScene.AssignmentAsync(member, scene.Theirs[1]);
        return scene;
    }

    private static async Task SuspendAsync(Scene scene) =>
        (await scene.Owner.PostAsync($"/federations/{scene.Name}/suspend", new { org_ids = new[] { scene.Member.OrganizationId } })).Ok();

    private static async Task<Answer> PutAsync(ApiCaller caller, string round, string device, float value) =>
        await caller.SendAsync(HttpMethod.Put, $"/training/rounds/{round}/updates/{device}", ModelCalls.Bytes(await TestWeights.UpdateAsync(value)));

    private static Task CompletedAsync(Scene scene) => Patience.UntilAsync($"the run over {scene.Name} to complete", async () =>
        (await scene.Owner.GetAsync($"/training/{scene.Name}/status")).Ok().Text("status") == "COMPLETED");
}
