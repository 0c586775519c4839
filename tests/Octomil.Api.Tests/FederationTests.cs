using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class FederationTests(ApiServer server)
{
    [Fact]
    public async Task Create_OfOneNameTwice_IsOneFederationOfItsOwner()
    {
        var owner = await server.OrganizationAsync("Creates federations");

        var first = (await owner.PostAsync("/federations", new { name = "consortium", org_id = "default", description = "of two" })).Ok();
        var second = (await owner.PostAsync("/federations", new { name = "consortium" })).Ok();

        Assert.Matches("^fed_[0-9a-f]{8}$", first.Text("id"));
        Assert.Equal(first.Text("id"), second.Text("id"));
        Assert.Equal((owner.OrganizationId, "of two"), (second.Text("org_id"), second.Text("description")));
        Assert.Equal(first.Text("id"), (await owner.GetAsync("/federations?name=consortium")).Ok().EnumerateArray().Single().Text("id"));
        Assert.Empty((await owner.GetAsync("/federations?name=other")).Ok().EnumerateArray());
        Assert.Equal("consortium", (await owner.GetAsync($"/federations/{first.Text("id")}")).Ok().Text("name"));
        (await owner.PostAsync("/federations", new { name = "Not A Name" })).RefusedFor("name");
        (await owner.PostAsync("/federations", new { name = "fed_12345678" })).RefusedFor("name");
    }

    [Fact]
    public async Task InviteAndJoin_MakeAMember()
    {
        var (owner, member) = (await server.OrganizationAsync("Invites"), await server.OrganizationAsync("Is invited"));
        (await owner.PostAsync("/federations", new { name = "f" })).Ok();
        var inviteBody = new { org_ids = new[] { member.OrganizationId } };

        var invited = (await owner.PostAsync("/federations/f/invite", inviteBody)).Ok().EnumerateArray().Single();
        Assert.Equal((member.OrganizationId, "invited"), (invited.Text("org_id"), invited.Text("status")));
        Assert.Equal("f", (await member.GetAsync("/federations")).Ok().EnumerateArray().Single().Text("name"));
        Assert.Equal("active", (await member.PostAsync("/federations/f/join", new { org_id = "default" })).Ok().Text("status"));
        Assert.Equal("active", (await member.PostAsync("/federations/f/join", new { })).Ok().Text("status"));
        Assert.Equal("active", (await owner.PostAsync("/federations/f/invite", inviteBody)).Ok().EnumerateArray().Single().Text("status"));

        var members = (await member.GetAsync("/federations/f/members")).Ok().EnumerateArray().ToArray();
        Assert.Equal(["Invites", "Is invited"], members.Select(one => one.Text("org_name")));
        Assert.Equal(["owner", "member"], members.Select(one => one.Text("role")));
        Assert.All(members, one => Assert.Equal("active", one.Text("status")));
        Assert.All(members, one => Assert.True(one.Has("joined_at")));
    }

    [Fact]
    public async Task Invite_OfOrganizationsThatDoNotExist_Is404AndNamesThem()
    {
        var (owner, member) = (await server.OrganizationAsync("Invites nobody"), await server.OrganizationAsync("Is invited beside nobody"));
        (await owner.PostAsync("/federations", new { name = "f" })).Ok();

        var problem = (await owner.PostAsync("/federations/f/invite", new { org_ids = new[] { "org_abc123", member.OrganizationId } })).Refused(404, ErrorCodes.NotFound);

        Assert.Equal(["org_abc123"], problem.List("unknown").Select(id => id.GetString()));
        (await owner.PostAsync("/federations/f/invite", new { org_ids = Array.Empty<string>() })).RefusedFor("org_ids");
    }

    [Fact]
    public async Task Commands_OfWhoIsNotTheOwner_AreRefused()
    {
        var (owner, member) = (await server.OrganizationAsync("Owns a federation"), await server.OrganizationAsync("Is a member"));
        var stranger = await server.OrganizationAsync("Is a stranger");
        await owner.FederateAsync("f", member);
        await member.PushAsync("members-own", await TestWeights.FileAsync(1));

        (await member.PostAsync("/federations/f/invite", new { org_ids = new[] { stranger.OrganizationId } })).Refused(403, ErrorCodes.NotOwner);
        (await member.PostAsync("/federations/f/models", new { model_id = "members-own" })).Refused(403, ErrorCodes.NotOwner);
        (await owner.PostAsync("/federations/f/models", new { model_id = "members-own" })).Refused(404, ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Calls_OfStrangers_Are404()
    {
        var (owner, stranger) = (await server.OrganizationAsync("Keeps to itself"), await server.OrganizationAsync("Looks around"));
        var id = (await owner.PostAsync("/federations", new { name = "closed" })).Ok().Text("id");

        foreach (var name in (string[])[id, "closed"])
        {
            (await stranger.GetAsync($"/federations/{name}")).Refused(404, ErrorCodes.NotFound);
            (await stranger.GetAsync($"/federations/{name}/members")).Refused(404, ErrorCodes.NotFound);
            (await stranger.GetAsync($"/federations/{name}/models")).Refused(404, ErrorCodes.NotFound);
            (await stranger.PostAsync($"/federations/{name}/join", new { })).Refused(404, ErrorCodes.NotFound);
            (await stranger.PostAsync($"/federations/{name}/invite", new { org_ids = new[] { stranger.OrganizationId } })).Refused(404, ErrorCodes.NotFound);
        }

        Assert.Empty((await stranger.GetAsync("/federations")).Ok().EnumerateArray());
    }

    [Fact]
    public async Task Share_OfAModel_ShowsItToActiveMembersAlone()
    {
        var (owner, member) = (await server.OrganizationAsync("Shares"), await server.OrganizationAsync("Reads what is shared"));
        var invited = await server.OrganizationAsync("Has not joined");
        var id = await owner.PushAsync("shared-model", await TestWeights.FileAsync(1));
        await owner.FederateAsync("f", member);
        (await owner.PostAsync("/federations/f/invite", new { org_ids = new[] { invited.OrganizationId } })).Ok();
        (await member.GetAsync($"/models/{id}")).Refused(404, ErrorCodes.NotFound);

        var shared = (await owner.PostAsync("/federations/f/models", new { model_id = "shared-model" })).Ok().EnumerateArray().Single();
        (await owner.PostAsync("/federations/f/models", new { model_id = id })).Ok();

        Assert.Equal((id, "shared-model"), (shared.Text("id"), shared.Text("name")));
        Assert.Equal(id, (await member.GetAsync("/models/shared-model")).Ok().Text("id"));
        Assert.Equal(id, (await member.GetAsync("/models")).Ok().List("models").Single().Text("id"));
        (await member.UploadAsync("shared-model", "1.1.0", await TestWeights.FileAsync(2))).Refused(403, ErrorCodes.NotOwner);
        (await invited.GetAsync($"/models/{id}")).Refused(404, ErrorCodes.NotFound);
        Assert.Empty((await invited.GetAsync("/federations/f/models")).Ok().EnumerateArray());
    }

    [Fact]
    public async Task Names_OfSeveralFederations_AskForAnId()
    {
        var (one, other) = (await server.OrganizationAsync("First namesake"), await server.OrganizationAsync("Second namesake"));
        var guest = await server.OrganizationAsync("Guest of namesakes");
        await one.FederateAsync("same", guest);
        var second = (await other.PostAsync("/federations", new { name = "same" })).Ok().Text("id");
        (await other.PostAsync("/federations/same/invite", new { org_ids = new[] { guest.OrganizationId } })).Ok();

        Assert.Contains(second, (await guest.GetAsync("/federations/same")).Refused(400, ErrorCodes.InvalidRequest).Text("detail"), StringComparison.Ordinal);
        (await guest.GetAsync($"/federations/{second}")).Ok();
    }
}
