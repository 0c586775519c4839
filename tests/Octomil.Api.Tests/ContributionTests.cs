using System.Text.Json;
using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class ContributionTests(ApiServer server)
{
    [Fact]
    public async Task Contributions_OfARound_NameTheCountedDevicesAndTheWeights()
    {
        var scene = await TrainingScene.CreateAsync(server, "contributions", devices: 2);
        await scene.StartAsync();
        var round = await scene.OpenRoundAsync();
        (await scene.PutUpdateAsync(round, scene.DeviceIds[1], await TestWeights.UpdateAsync(1))).Ok();

        var open = await ContributionsAsync(scene.Owner, round);

        Assert.Equal(("open", 2, 1), (open.Text("status"), open.Number("selected"), open.Number("updates")));
        Assert.False(open.Has("weights_sha256"));
        Assert.Equal([scene.DeviceIds[1]], Counted(open));
        Assert.All(open.List("devices"), device => Assert.Equal(
            (round, open.Text("base_sha256"), 0), (device.Text("base_round_id"), device.Text("base_sha256"), device.Number("staleness"))));

        (await scene.PutUpdateAsync(round, scene.DeviceIds[0], await TestWeights.UpdateAsync(1))).Ok();
        await scene.UntilAsync("COMPLETED");
        var published = (JsonElement)await Patience.ForAsync<object>("the round to be published", async () =>
            await ContributionsAsync(scene.Owner, round) is var answer && answer.Text("status") == "published" ? answer : null);
        var versions = (await scene.Owner.GetAsync("/models/contributions/versions")).Ok().List("versions").ToList();

        Assert.Equal(scene.DeviceIds.Order(StringComparer.Ordinal), Counted(published));
        Assert.Equal(versions.Select(version => version.Text("sha256")), [published.Text("weights_sha256"), published.Text("base_sha256")]);
        Assert.Equal(("fedavg", 1024), (published.GetProperty("strategy").Text("name"), published.GetProperty("limits").Number("max_magnitude")));
    }

    [Fact]
    public async Task Contributions_InAFederation_NameOnlyTheCallersOwnDevices()
    {
        var owner = await server.OrganizationAsync("Counts A");
        var member = await server.OrganizationAsync("Counts B");
        await owner.PushAsync("counted-together", await TestWeights.FileAsync(1));
        await owner.FederateAsync("counting", member, "counted-together");
        var mine = await TrainingScene.RegisterAsync(owner, 1);
        var theirs = await TrainingScene.RegisterAsync(member, 2);
        (await owner.PostAsync("/training/sessions", new { model_id = "counted-together", rounds = 1, min_devices = 3, min_updates = 3 })).Ok();
        var round = (await TrainingScene.AssignmentAsync(member, theirs[0])).Text("round_id");
        (await member.SendAsync(HttpMethod.Put, $"/training/rounds/{round}/updates/{theirs[0]}", ModelCalls.Bytes(await TestWeights.UpdateAsync(1)))).Ok();

        var (ofOwner, ofMember) = (await ContributionsAsync(owner, round), await ContributionsAsync(member, round));

        Assert.Equal(mine, ofOwner.List("devices").Select(device => device.Text("device_id")));
        Assert.Equal(theirs.Order(StringComparer.Ordinal), ofMember.List("devices").Select(device => device.Text("device_id")));
        Assert.Equal((0, 1), (Counted(ofOwner).Count, Counted(ofMember).Count));
        Assert.All([ofOwner, ofMember], answer => Assert.Equal(
            new HashSet<(string, long, long)> { (owner.OrganizationId, 1, 0), (member.OrganizationId, 2, 1) },
            answer.List("organizations").Select(part => (part.Text("org_id"), part.Number("selected"), part.Number("updates"))).ToHashSet()));
    }

    [Fact]
    public async Task Contributions_OfAnAbandonedAttempt_SayWhy()
    {
        var scene = await TrainingScene.CreateAsync(server, "uncounted", devices: 1);
        await scene.StartAsync();
        var round = await scene.OpenRoundAsync();
        (await scene.Owner.PostAsync("/training/uncounted/stop", new { })).Ok();

        var abandoned = (JsonElement)await Patience.ForAsync<object>("the round to be abandoned", async () =>
            await ContributionsAsync(scene.Owner, round) is var answer && answer.Text("status") == "abandoned" ? answer : null);

        Assert.NotEmpty(abandoned.Text("reason"));
        Assert.Empty(Counted(abandoned));
    }

    [Fact]
    public async Task Contributions_OfAnotherOrganizationsRound_AreNotFound()
    {
        var scene = await TrainingScene.CreateAsync(server, "counted-alone", devices: 1);
        await scene.StartAsync();
        var round = await scene.OpenRoundAsync();

        var stranger = await server.OrganizationAsync("Counts nothing");

        (await stranger.GetAsync($"/training/rounds/{round}/contributions")).Refused(404, ErrorCodes.NotFound);
    }

    private static async Task<JsonElement> ContributionsAsync(ApiCaller caller, string round) => (await caller.GetAsync($"/training/rounds/{round}/contributions")).Ok();

    private static List<string> Counted(JsonElement round) =>
        [.. round.List("devices").Where(device => device.GetProperty("counted").GetBoolean()).Select(device => device.Text("device_id"))];
}
