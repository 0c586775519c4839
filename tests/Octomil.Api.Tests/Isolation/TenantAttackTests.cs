using System.Net;
using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests.Isolation;

/// <summary>Tenants and devices that try for more than is theirs, with things of their own in their hands.</summary>
public sealed class TenantAttackTests(ApiServer server)
{
    [Fact]
    public async Task Device_OfASuspendedOrganization_GetsAndGivesNothingMore()
    {
        var scene = await IsolationScene.CreateAsync(server, "attack-suspended");
        var (caller, device, round) = (scene.Suspended, scene.SuspendedDevice, scene["round"]);

        (await caller.GetAsync($"/training/rounds/{round}/base?device_id={device}")).Refused(403, ErrorCodes.OrganizationSuspended);
        (await caller.GetAsync($"/training/rounds/{round}/control?device_id={device}")).Refused(403, ErrorCodes.OrganizationSuspended);
        (await caller.SendAsync(HttpMethod.Put, $"/training/rounds/{round}/updates/{device}", ModelCalls.Bytes(await TestWeights.UpdateAsync(2))))
            .Refused(403, ErrorCodes.OrganizationSuspended);
        Assert.Empty((await caller.GetAsync($"/training/rounds?device_id={device}")).Ok().List("rounds"));
        (await caller.PostAsync("/training/weights", new
        {
            model_id = scene["model"], device_id = device, round_id = round, sample_count = 1, weights_data = await TestWeights.FileAsync(2),
        })).Refused(404, ErrorCodes.NotFound);
        (await caller.GetAsync($"/models/{scene["model"]}/versions/2.0.0+{scene["session"]}/download")).Refused(404, ErrorCodes.NotFound);

        var contributions = (await scene.Owner.GetAsync($"/training/rounds/{round}/contributions")).Ok();
        Assert.Equal(0, contributions.Number("updates"));
    }

    [Fact]
    public async Task Hash_OfAnothersWeights_OpensNothing()
    {
        var scene = await IsolationScene.CreateAsync(server, "attack-hash");
        var caller = scene.Other;
        var sha256 = TestWeights.Sha256(await TestWeights.FileAsync(2));
        await caller.PushAsync("mine", await TestWeights.FileAsync(5));
        (await caller.PostAsync("/devices/register", new { device_identifier = "mine" })).Ok();

        foreach (var version in (string[])[sha256, $"2.0.0+{scene["session"]}", $"1.0.0+{scene["session"]}"])
        {
            (await caller.GetAsync($"/models/mine/versions/{version}/download")).Refused(404, ErrorCodes.NotFound);
            (await caller.GetAsync($"/models/mine/versions/{version}/download-url")).Refused(404, ErrorCodes.NotFound);
        }

        // Whoever knows the hash is not told that it is right.
        foreach (var path in (string[])[$"/models/{scene["model"]}/versions/2.0.0/download", $"/training/rounds/{scene["round"]}/base?device_id=mine", $"/training/rounds/{scene["round"]}/control?device_id=mine"])
        {
            (await caller.GetAsync(path, ("If-None-Match", $"\"{sha256}\""))).Refused(404, ErrorCodes.NotFound);
        }

        var mine = (await caller.GetAsync("/models/mine/versions/1.0.0/download-url")).Ok().Text("url");
        var ticket = mine[(mine.LastIndexOf('/') + 1)..];
        foreach (var forged in (string[])[sha256, ticket[..^8] + "AAAAAAAA", scene.Device.Key!, scene["round"]])
        {
            (await server.Anonymous.GetAsync($"/downloads/{forged}")).Refused(404, ErrorCodes.NotFound);
        }
    }

    [Fact]
    public async Task Rounds_OfTwoOrganizations_TakeNothingOfEachOther()
    {
        var scene = await IsolationScene.CreateAsync(server, "attack-round");
        var own = await TrainingScene.CreateAsync(server, "attack-round-own", devices: 1);
        await own.StartAsync();
        var (ownRound, ownDevice, update) = (await own.OpenRoundAsync(), own.DeviceIds[0], await TestWeights.UpdateAsync(100));

        (await own.PutUpdateAsync(scene["round"], ownDevice, update)).Refused(403, ErrorCodes.NotSelected);
        (await own.PutUpdateAsync(scene["round"], scene["device"], update)).Refused(404, ErrorCodes.NotFound);
        (await own.PutUpdateAsync(ownRound, scene["device"], update)).Refused(404, ErrorCodes.NotFound);
        (await own.Devices.GetAsync($"/training/rounds/{scene["round"]}/base?device_id={ownDevice}")).Refused(404, ErrorCodes.NotFound);
        (await own.Devices.GetAsync($"/training/rounds/{ownRound}/base?device_id={scene["device"]}")).Refused(404, ErrorCodes.NotFound);
        (await own.Devices.PostAsync("/training/weights", new
        {
            model_id = own.Model, device_id = ownDevice, round_id = scene["round"], sample_count = 1, weights_data = await TestWeights.FileAsync(100),
        })).Refused(409, ErrorCodes.InvalidRequest);

        Assert.Equal(0, (await scene.Owner.GetAsync($"/training/rounds/{scene["round"]}/contributions")).Ok().Number("updates"));
        Assert.Equal(0, (await own.Owner.GetAsync($"/training/rounds/{ownRound}/contributions")).Ok().Number("updates"));
    }

    [Fact]
    public async Task Update_OfYesterday_CountsInNoLaterRound()
    {
        var scene = await TrainingScene.CreateAsync(server, "attack-replay", devices: 1);
        await scene.StartAsync(rounds: 2);
        var device = scene.DeviceIds[0];
        var yesterday = (await scene.RoundAsync(device, 1)).Text("round_id");
        var update = await TestWeights.UpdateAsync(2);
        var receipt = (await scene.PutUpdateAsync(yesterday, device, update)).Ok();
        var today = (await scene.RoundAsync(device, 2)).Text("round_id");

        // It gets the receipt it had, and is not looked at.
        Assert.Equal(receipt.ToString(), (await scene.PutUpdateAsync(yesterday, device, update)).Ok().ToString());
        Assert.Equal(receipt.ToString(), (await scene.PutUpdateAsync(yesterday, device, await TestWeights.UpdateAsync(1e3f))).Ok().ToString());

        Assert.Equal(0, (await scene.Owner.GetAsync($"/training/rounds/{today}/contributions")).Ok().Number("updates"));
        (await scene.PutUpdateAsync(today, device, await TestWeights.UpdateAsync(0))).Ok();
        await scene.UntilAsync("COMPLETED");
        Assert.All(await scene.LatestAsync(), value => Assert.Equal(3, value, 3));
    }

    [Fact]
    public async Task Member_ThatLeavesAndJoinsAgain_HasSpentWhatItSpent()
    {
        const string Name = "attack-rejoin";
        var scene = await TrainingScene.CreateAsync(server, Name, devices: 2);
        var member = await server.OrganizationAsync("Leaves to be forgotten");
        await scene.Owner.FederateAsync(Name, member, Name);
        var theirs = await TrainingScene.RegisterAsync(member, 2);

        // Each round costs 2 of 2.77.
        await scene.Owner.SetBudgetAsync(1000);
        await member.SetBudgetAsync(8);
        (await scene.StartPrivateAsync(1 / Math.Sqrt(2), devices: 4)).Ok();
        foreach (var (caller, device) in scene.DeviceIds.Select(device => (scene.Devices, device)).Concat(theirs.Select(device => (member, device))))
        {
            var round = (await TrainingScene.AssignmentAsync(caller, device)).Text("round_id");
            (await caller.SendAsync(HttpMethod.Put, $"/training/rounds/{round}/updates/{device}", ModelCalls.Bytes(await TestWeights.UpdateAsync(0.1f)))).Ok();
        }

        await scene.UntilAsync("COMPLETED");
        await Patience.UntilAsync("the charge", async () => (await member.PrivacyAsync()).Number("rounds_consumed") == 1);
        var (spent, ledger) = ((await member.PrivacyAsync()).ToString(), await member.LedgerAsync());

        (await member.PostAsync($"/federations/{Name}/leave", new { })).Ok();
        (await scene.Owner.PostAsync($"/federations/{Name}/invite", new { org_ids = new[] { member.OrganizationId } })).Ok();
        (await member.PostAsync($"/federations/{Name}/join", new { })).Ok();

        Assert.Equal(spent, (await member.PrivacyAsync()).ToString());
        Assert.Equal(ledger.Select(line => line.ToString()), (await member.LedgerAsync()).Select(line => line.ToString()));
        (await scene.StartPrivateAsync(1 / Math.Sqrt(2), devices: 2)).Ok();
        await scene.SendAllAsync(1, 0.1f);
        var part = (await scene.UntilAsync("COMPLETED")).List("contributions").Single(part => part.Text("org_id") == member.OrganizationId);
        Assert.Equal((0, "privacy budget exhausted"), (part.Number("selected"), part.Text("reason")));
        Assert.Equal(spent, (await member.PrivacyAsync()).ToString());
        Assert.Equal(HttpStatusCode.OK, (await member.GetAsync($"/models/{Name}")).Status);
    }
}
