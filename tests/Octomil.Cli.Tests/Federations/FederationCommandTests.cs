namespace Octomil.Federations;

public sealed class FederationCommandTests
{
    private static readonly FederationResponse _consortium = new()
    {
        Id = "fed_a1b2c3d4", Name = "healthcare-consortium", Description = "X-rays", CreatedAt = DateTimeOffset.UnixEpoch, OrgId = "org_7f8a9b0c",
    };

    private static readonly FederationMemberResponse[] _members =
    [
        new() { OrgId = "org_7f8a9b0c", OrgName = "Acme Health", Role = "owner", Status = "active" },
        new() { OrgId = "org_abc123", OrgName = "Metro General", Role = "member", Status = "invited" },
    ];

    [Fact]
    public async Task Members_AreTheDocumentedShape()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /federations/healthcare-consortium", _consortium).On("GET /federations/healthcare-consortium/members", _members);
        using var octomil = CommandLine.For(service);

        Assert.Equal(
            """
            Members of healthcare-consortium (fed_a1b2c3d4):
              org_7f8a9b0c  Acme Health    owner   active
              org_abc123    Metro General  member  invited

            """,
            (await octomil.RunAsync("federation", "members", "healthcare-consortium")).Expect(0).Out);
        Assert.StartsWith("[{\"org_id\":\"org_7f8a9b0c\"", (await octomil.RunAsync("federation", "members", "healthcare-consortium", "--json")).Expect(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateInviteJoinShare_AsDocumented()
    {
        await using var service = await FakeService.StartAsync();
        service.On("POST /federations", _consortium)
            .On("POST /federations/healthcare-consortium/invite", new[] { new InviteResponse { OrgId = "org_abc123", Status = "invited" }, new InviteResponse { OrgId = "org_def456", Status = "invited" } })
            .On("POST /federations/healthcare-consortium/join", new JoinResponse { Status = "active" })
            .On("POST /federations/healthcare-consortium/models", new[] { new SharedModelResponse { Id = "mdl_1", Name = "radiology-v1" } });
        using var octomil = CommandLine.For(service);

        var created = await octomil.RunAsync("federation", "create", "healthcare-consortium", "--description", "X-rays");
        var invited = await octomil.RunAsync("federation", "invite", "healthcare-consortium", "--org", "org_abc123", "--org", "org_def456");
        var joined = await octomil.RunAsync("federation", "join", "healthcare-consortium");
        var shared = await octomil.RunAsync("federation", "share", "radiology-v1", "--federation", "healthcare-consortium");

        Assert.Equal("Federation: healthcare-consortium (fed_a1b2c3d4)\n", created.Expect(0).Out);
        Assert.Equal("org_abc123  invited\norg_def456  invited\n", invited.Expect(0).Out);
        Assert.Equal("Membership in healthcare-consortium: active\n", joined.Expect(0).Out);
        Assert.Equal("Shared radiology-v1 with healthcare-consortium.\n", shared.Expect(0).Out);
        Assert.Equal(["org_abc123", "org_def456"], service.Body<InviteRequest>("POST /federations/healthcare-consortium/invite").OrgIds);
        Assert.Equal("radiology-v1", service.Body<ShareModelRequest>("POST /federations/healthcare-consortium/models").ModelId);
    }

    [Fact]
    public async Task LeaveRemoveSuspendReinstateUnshare_AsDocumented()
    {
        await using var service = await FakeService.StartAsync();
        service.On("POST /federations/healthcare-consortium/leave", new MembershipResponse { OrgId = "org_abc123", Status = "left", Effective = "now" })
            .On("POST /federations/healthcare-consortium/remove", new[] { new MembershipResponse { OrgId = "org_abc123", Status = "left", Effective = "now" } })
            .On("POST /federations/healthcare-consortium/suspend", new[]
            {
                new MembershipResponse { OrgId = "org_abc123", Status = "suspended", Effective = "next_round", SealingRounds = ["rnd_1"] },
            })
            .On("POST /federations/healthcare-consortium/reinstate", new[] { new MembershipResponse { OrgId = "org_abc123", Status = "active", Effective = "now" } })
            .On("DELETE /federations/healthcare-consortium/models/radiology-v1", Array.Empty<SharedModelResponse>());
        using var octomil = CommandLine.For(service);

        var left = await octomil.RunAsync("federation", "leave", "healthcare-consortium");
        var removed = await octomil.RunAsync("federation", "remove", "healthcare-consortium", "--org", "org_abc123");
        var suspended = await octomil.RunAsync("federation", "suspend", "healthcare-consortium", "--org", "org_abc123");
        var reinstated = await octomil.RunAsync("federation", "reinstate", "healthcare-consortium", "--org", "org_abc123", "--json");
        var unshared = await octomil.RunAsync("federation", "unshare", "radiology-v1", "--federation", "healthcare-consortium");

        Assert.Equal("Membership in healthcare-consortium: left\n", left.Expect(0).Out);
        Assert.Equal("org_abc123  left\n", removed.Expect(0).Out);
        Assert.Equal("org_abc123  suspended\n", suspended.Expect(0).Out);
        Assert.StartsWith("rnd_1 was being sealed", suspended.Error, StringComparison.Ordinal);
        Assert.Equal("[{\"org_id\":\"org_abc123\",\"status\":\"active\",\"effective\":\"now\"}]\n", reinstated.Expect(0).Out);
        Assert.Equal("radiology-v1 is not shared with healthcare-consortium any more.\n", unshared.Expect(0).Out);
        Assert.Equal(["org_abc123"], service.Body<ChangeMembersRequest>("POST /federations/healthcare-consortium/suspend").OrgIds);
    }

    [Fact]
    public async Task ListAndShow()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /federations", new[] { _consortium })
            .On("GET /federations/fed_a1b2c3d4", _consortium)
            .On("GET /federations/fed_a1b2c3d4/models", new[] { new SharedModelResponse { Id = "mdl_1", Name = "radiology-v1" } });
        using var octomil = CommandLine.For(service);

        Assert.Equal(
            """
            ID            NAME                   OWNER         CREATED               DESCRIPTION
            fed_a1b2c3d4  healthcare-consortium  org_7f8a9b0c  1970-01-01 00:00:00Z  X-rays

            """,
            (await octomil.RunAsync("federation", "list")).Expect(0).Out);
        Assert.Contains("Models: radiology-v1\n", (await octomil.RunAsync("federation", "show", "fed_a1b2c3d4")).Expect(0).Out, StringComparison.Ordinal);
    }
}
