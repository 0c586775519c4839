using System.Text.Json;
using Octomil.Api.Tests.Fixtures;
using Octomil.Organizations;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class PeopleTests(ApiServer server)
{
    private const string Members = "/orgs/default/members";
    private const string Password = "correct horse battery";

    [Fact]
    public async Task Invitation_IsTakenUpWithAPasswordOnceAndSignsIn()
    {
        var admin = await server.OrganizationAsync("Invites one");
        var invited = (await admin.PostAsync(Members, new { email = "Ada@one.example", role = Roles.Member, name = "Ada" })).Ok();
        Assert.Equal(("invited", Roles.Member), (invited.Text("status"), invited.Text("role")));
        Assert.InRange(invited.GetProperty("expires_at").GetDateTimeOffset(), DateTimeOffset.UtcNow.AddDays(6.9), DateTimeOffset.UtcNow.AddDays(7));

        var session = (await AcceptAsync(invited.Text("invitation"))).Ok();
        (await AcceptAsync(invited.Text("invitation"))).Refused(410, ErrorCodes.InvitationOver);

        Assert.Equal((admin.OrganizationId, "Invites one"), (session.Text("org_id"), session.Text("org_name")));
        var current = (await server.As(session.Text("access_token")).GetAsync("/organizations/current")).Ok();
        Assert.Equal(Roles.ScopesOf(Roles.Member).Order(StringComparer.Ordinal), current.List("scopes").Select(scope => scope.GetString()!));
        var again = (await SignInAsync("ADA@one.example")).Ok();
        (await server.As(again.Text("access_token")).GetAsync("/devices")).Ok();
        var listed = Assert.Single((await admin.GetAsync(Members)).Ok().List("members"));
        Assert.Equal(("active", "Ada"), (listed.Text("status"), listed.Text("name")));
        Assert.False(listed.Has("invitation"));
    }

    [Fact]
    public async Task Invitation_ThatIsSentAgainOrTakenBack_IsVoid()
    {
        var admin = await server.OrganizationAsync("Invites twice");
        var first = (await admin.PostAsync(Members, new { email = "b@two.example", role = Roles.Viewer })).Ok();
        var second = (await admin.PostAsync(Members, new { email = "b@two.example", role = Roles.Member })).Ok();

        (await AcceptAsync(first.Text("invitation"))).Refused(410, ErrorCodes.InvitationOver);
        (await admin.SendAsync(HttpMethod.Delete, $"{Members}/b@two.example", null)).Ok();
        (await AcceptAsync(second.Text("invitation"))).Refused(410, ErrorCodes.InvitationOver);
        (await AcceptAsync("oct_inv_made-up")).Refused(410, ErrorCodes.InvitationOver);
    }

    [Theory]
    [InlineData(Roles.Viewer, Scopes.ModelsWrite)]
    [InlineData(Roles.Member, Scopes.AdminWrite)]
    public async Task Role_GivesItsScopesAndNoMore(string role, string lacking)
    {
        var admin = await server.OrganizationAsync($"Has a {role}");
        var person = await JoinAsync(admin, $"{role}@roles.example", role);

        var refused = lacking == Scopes.ModelsWrite
            ? await person.PostAsync("/models", new { name = "m" })
            : await person.PostAsync("/api-keys", new { name = "k", scopes = new[] { Scopes.DevicesRead } });

        refused.Refused(403, ErrorCodes.MissingScope);
        (await person.GetAsync("/models")).Ok();
    }

    [Fact]
    public async Task Owners_AreMadeByOwnersAloneAndOneRemains()
    {
        var key = await server.OrganizationAsync("Has owners");
        var owner = await JoinAsync(key, "owner@own.example", Roles.Owner);
        var admin = await JoinAsync(owner, "admin@own.example", Roles.Admin);

        (await admin.PostAsync(Members, new { email = "x@own.example", role = Roles.Owner })).Refused(403, ErrorCodes.OwnersOnly);
        (await key.PutAsync($"{Members}/admin@own.example", new { role = Roles.Owner })).Refused(403, ErrorCodes.OwnersOnly);
        (await admin.SendAsync(HttpMethod.Delete, $"{Members}/owner@own.example", null)).Refused(403, ErrorCodes.OwnersOnly);
        (await owner.PutAsync($"{Members}/owner@own.example", new { role = Roles.Member })).Refused(409, ErrorCodes.LastOwner);
        (await owner.SendAsync(HttpMethod.Delete, $"{Members}/owner@own.example", null)).Refused(409, ErrorCodes.LastOwner);

        (await owner.PutAsync($"{Members}/admin@own.example", new { role = Roles.Owner })).Ok();
        (await admin.PutAsync($"{Members}/owner@own.example", new { role = Roles.Viewer })).Ok();
        (await owner.PostAsync("/models", new { name = "m" })).Refused(403, ErrorCodes.MissingScope);
    }

    [Fact]
    public async Task Removal_EndsThePersonsSessionsAtOnce()
    {
        var admin = await server.OrganizationAsync("Removes one");
        var (person, session) = await SessionAsync(admin, "gone@rem.example", Roles.Admin);
        (await person.GetAsync("/audit")).Ok();

        (await admin.SendAsync(HttpMethod.Delete, $"{Members}/gone@rem.example", null)).Ok();

        (await person.GetAsync("/audit")).Refused(401, ErrorCodes.Unauthorized);
        (await RefreshAsync(session.Text("refresh_token"))).Refused(401, ErrorCodes.Unauthorized);
        (await SignInAsync("gone@rem.example")).Refused(401, ErrorCodes.WrongCredentials);
    }

    [Fact]
    public async Task Refresh_WithATokenThatWasUsedBefore_EndsTheSessionAndIsAudited()
    {
        var admin = await server.OrganizationAsync("Reuses tokens");
        var (_, first) = await SessionAsync(admin, "reuse@tok.example", Roles.Admin);
        var second = (await RefreshAsync(first.Text("refresh_token"))).Ok();
        var third = (await RefreshAsync(second.Text("refresh_token"))).Ok();
        (await server.As(third.Text("access_token")).GetAsync("/audit")).Ok();

        (await RefreshAsync(first.Text("refresh_token"))).Refused(401, ErrorCodes.Unauthorized);

        (await RefreshAsync(third.Text("refresh_token"))).Refused(401, ErrorCodes.Unauthorized);
        (await server.As(third.Text("access_token")).GetAsync("/audit")).Refused(401, ErrorCodes.Unauthorized);
        Assert.Contains("person.token-reuse", (await admin.GetAsync("/audit")).Ok().List("entries").Select(entry => entry.Text("action")));
    }

    [Fact]
    public async Task SignOut_EndsTheSession()
    {
        var admin = await server.OrganizationAsync("Signs out");
        var (person, _) = await SessionAsync(admin, "out@out.example", Roles.Viewer);

        (await person.SendAsync(HttpMethod.Delete, "/auth/session", null)).Ok();

        (await person.GetAsync("/models")).Refused(401, ErrorCodes.Unauthorized);
        (await admin.SendAsync(HttpMethod.Delete, "/auth/session", null)).Refused(400, ErrorCodes.InvalidRequest);
    }

    [Fact]
    public async Task WrongPasswords_LockTheAddressAndAreAudited()
    {
        var admin = await server.OrganizationAsync("Is guessed at");
        await JoinAsync(admin, "target@guess.example", Roles.Member);

        for (var guess = 0; guess < 5; guess++)
        {
            (await SignInAsync("target@guess.example", $"wrong password {guess}")).Refused(401, ErrorCodes.WrongCredentials);
        }

        // The first locks are short: on a slow machine one may be over before the next guess.
        var locked = await Patience.ForAsync<Answer>(
            "a lock", async () => await SignInAsync("target@guess.example", "wrong again") is { Status: System.Net.HttpStatusCode.TooManyRequests } refused ? refused : null);

        locked.Refused(429, ErrorCodes.TooManyAttempts);
        Assert.True(locked.Headers.RetryAfter?.Delta > TimeSpan.Zero);
        var entry = (await admin.GetAsync("/audit")).Ok().List("entries").First(entry => entry.Text("action") == "person.lock-out");
        Assert.Equal(("target@guess.example", "anonymous"), (entry.Text("subject"), entry.Text("actor")));
        (await Patience.ForAsync<Answer>("the lock to open", async () => await SignInAsync("target@guess.example") is { Status: System.Net.HttpStatusCode.OK } opened ? opened : null)).Ok();
    }

    [Fact]
    public async Task OneAddress_InTwoOrganizations_HasTwoPasswordsAndSaysWhichItMeans()
    {
        var (one, other) = (await server.OrganizationAsync("First of two"), await server.OrganizationAsync("Second of two"));
        await JoinAsync(one, "both@both.example", Roles.Viewer);
        await JoinAsync(other, "both@both.example", Roles.Viewer, "another good password");

        Assert.Equal(one.OrganizationId, (await SignInAsync("both@both.example")).Ok().Text("org_id"));
        Assert.Equal(other.OrganizationId, (await SignInAsync("both@both.example", "another good password")).Ok().Text("org_id"));

        var third = await server.OrganizationAsync("Third of two");
        await JoinAsync(third, "both@both.example", Roles.Viewer);
        (await SignInAsync("both@both.example")).Refused(409, ErrorCodes.OrganizationRequired);
        Assert.Equal(third.OrganizationId, (await server.Anonymous.PostAsync(
            "/auth/sign-in", new { email = "both@both.example", password = Password, org_id = third.OrganizationId })).Ok().Text("org_id"));
    }

    [Fact]
    public async Task Reset_LetsAPersonSetANewPassword()
    {
        var admin = await server.OrganizationAsync("Resets");
        var (person, _) = await SessionAsync(admin, "lost@reset.example", Roles.Member);

        var reset = (await admin.PostAsync($"{Members}/lost@reset.example/reset")).Ok();
        (await AcceptAsync(reset.Text("invitation"), "a whole new password")).Ok();

        (await SignInAsync("lost@reset.example")).Refused(401, ErrorCodes.WrongCredentials);
        (await SignInAsync("lost@reset.example", "a whole new password")).Ok();
        (await person.GetAsync("/models")).Refused(401, ErrorCodes.Unauthorized);
    }

    [Fact]
    public async Task Members_OfAnotherOrganization_AreNotThere()
    {
        var (one, other) = (await server.OrganizationAsync("Keeps people"), await server.OrganizationAsync("Looks for people"));
        await JoinAsync(one, "kept@keep.example", Roles.Member);

        (await other.GetAsync($"/orgs/{one.OrganizationId}/members")).Refused(404, ErrorCodes.NotFound);
        (await other.SendAsync(HttpMethod.Delete, $"{Members}/{GrainKeys.PersonId(one.OrganizationId, "kept@keep.example")}", null)).Refused(404, ErrorCodes.NotFound);
    }

    [Theory]
    [InlineData("nobody", Roles.Member, "email")]
    [InlineData("a b@c.example", Roles.Member, "email")]
    [InlineData("a@c.example", "king", "role")]
    public async Task Invitation_WithABadField_Is400AndNamesIt(string email, string role, string field) =>
        (await server.Operator.PostAsync(Members, new { email, role })).RefusedFor(field);

    [Fact]
    public async Task Password_ThatIsTooShort_Is400()
    {
        var admin = await server.OrganizationAsync("Short passwords");
        var invited = (await admin.PostAsync(Members, new { email = "s@short.example", role = Roles.Member })).Ok();

        (await AcceptAsync(invited.Text("invitation"), "short")).RefusedFor("password");
    }

    private async Task<ApiCaller> JoinAsync(ApiCaller inviter, string email, string role, string password = Password) =>
        (await SessionAsync(inviter, email, role, password)).Person;

    private async Task<(ApiCaller Person, JsonElement Session)> SessionAsync(ApiCaller inviter, string email, string role, string password = Password)
    {
        var invited = (await inviter.PostAsync(Members, new { email, role })).Ok();
        var session = (await AcceptAsync(invited.Text("invitation"), password)).Ok();
        return (server.As(session.Text("access_token"), session.Text("org_id")), session);
    }

    private Task<Answer> AcceptAsync(string invitation, string password = Password) =>
        server.Anonymous.PostAsync("/auth/invitations/accept", new { invitation, password });

    private Task<Answer> SignInAsync(string email, string password = Password) => server.Anonymous.PostAsync("/auth/sign-in", new { email, password });

    private Task<Answer> RefreshAsync(string token) => server.Anonymous.PostAsync("/auth/refresh", new { refresh_token = token });
}
