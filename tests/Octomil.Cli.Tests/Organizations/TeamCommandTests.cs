namespace Octomil.Organizations;

public sealed class TeamCommandTests
{
    private static readonly MemberResponse _ada = new()
    {
        Id = "usr_0123456789abcdef",
        Email = "ada@acme.example",
        Role = "member",
        Status = "invited",
        InvitedAt = DateTimeOffset.UnixEpoch,
        ExpiresAt = DateTimeOffset.UnixEpoch.AddDays(7),
    };

    [Fact]
    public async Task Team_IsInvitedListedChangedAndRemoved()
    {
        await using var service = await FakeService.StartAsync();
        service.On("POST /orgs/default/members", _ada with { Invitation = "oct_inv_secret" })
            .On("GET /orgs/default/members", new MemberList { Members = [_ada] })
            .On("PUT /orgs/default/members/ada@acme.example", _ada with { Role = "admin" })
            .On("POST /orgs/default/members/ada@acme.example/reset", _ada with { Status = "active", Invitation = "oct_inv_again" })
            .On("DELETE /orgs/default/members/ada@acme.example", _ada);
        using var octomil = CommandLine.For(service);

        var added = (await octomil.RunAsync("team", "add", "ada@acme.example", "--role", "member")).Expect(0);
        var listed = (await octomil.RunAsync("team", "list")).Expect(0);
        var changed = (await octomil.RunAsync("team", "role", "ada@acme.example", "admin")).Expect(0);
        var reset = (await octomil.RunAsync("team", "reset", "ada@acme.example")).Expect(0);
        var removed = (await octomil.RunAsync("team", "remove", "ada@acme.example")).Expect(0);

        Assert.Equal(
            "ada@acme.example (usr_0123456789abcdef): member, invited\nInvitation: oct_inv_secret\nGood until: 1970-01-08 00:00:00Z\n", added.Out);
        Assert.Contains("shown this once", added.Error, StringComparison.Ordinal);
        Assert.Equal(new InviteMemberRequest { Email = "ada@acme.example", Role = "member" }, service.Body<InviteMemberRequest>("POST /orgs/default/members"));
        Assert.Equal(
            """
            EMAIL             NAME  ROLE    STATUS   JOINED  INVITATION ENDS       ID
            ada@acme.example  -     member  invited  -       1970-01-08 00:00:00Z  usr_0123456789abcdef

            """,
            listed.Out);
        Assert.Equal("ada@acme.example is admin now.\n", changed.Out);
        Assert.Contains("oct_inv_again", reset.Out, StringComparison.Ordinal);
        Assert.Equal("Removed ada@acme.example.\n", removed.Out);
    }

    [Theory]
    [InlineData("team", "add", "ada@acme.example")]
    [InlineData("team", "add", "ada@acme.example", "--role", "king")]
    [InlineData("team", "role", "ada@acme.example", "king")]
    public async Task Team_WithAWrongValue_IsRefusedBeforeAnythingIsCalled(params string[] args)
    {
        await using var service = await FakeService.StartAsync();
        using var octomil = CommandLine.For(service);

        (await octomil.RunAsync(args)).Expect(4);

        Assert.Empty(service.Requests);
    }
}
