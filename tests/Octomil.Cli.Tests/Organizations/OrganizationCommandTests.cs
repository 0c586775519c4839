namespace Octomil.Organizations;

public sealed class OrganizationCommandTests
{
    [Fact]
    public async Task OrgCreate_PrintsTheKeyOnce()
    {
        await using var service = await FakeService.StartAsync();
        service.On("POST /organizations", new CreateOrganizationResponse { Id = "org_1", Name = "Metro General", ApiKey = "edg_live_secret" });
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("org", "create", "Metro / General")).Expect(0);

        Assert.Equal("Organization: Metro General (org_1)\nAPI key: edg_live_secret\n", ended.Out);
        Assert.Equal("""{"name":"Metro / General"}""", service.Requests.Single().Body);
    }

    [Fact]
    public async Task Keys_AreCreatedListedAndRevoked()
    {
        await using var service = await FakeService.StartAsync();
        var key = new ApiKeyResponse
        {
            Id = "key_1", Name = "ward 3", Prefix = "edg_live_Ab", Scopes = ["devices:write", "models:read"], CreatedAt = DateTimeOffset.UnixEpoch, ExpiresAt = DateTimeOffset.UnixEpoch.AddDays(90),
        };
        service.On("POST /api-keys", key with { ApiKey = "edg_live_secret" })
            .On("GET /api-keys", new ApiKeyList { ApiKeys = [key] })
            .On("POST /api-keys/key_1/revoke", key with { RevokedAt = DateTimeOffset.UnixEpoch });
        using var octomil = CommandLine.For(service);

        var created = (await octomil.RunAsync("keys", "create", "ward 3", "--scope", "devices:write", "models:read", "--expires", "90d")).Expect(0);
        var listed = (await octomil.RunAsync("keys", "list")).Expect(0);
        var revoked = (await octomil.RunAsync("keys", "revoke", "key_1")).Expect(0);

        Assert.Equal("Key: ward 3 (key_1)\nAPI key: edg_live_secret\nScopes: devices:write, models:read\nExpires: 1970-04-01 00:00:00Z\n", created.Out);
        Assert.Equal(["devices:write", "models:read"], service.Body<CreateApiKeyRequest>("POST /api-keys").Scopes);
        Assert.Equal(
            """
            ID     NAME    PREFIX       CREATED               EXPIRES               LAST USED  REVOKED  SCOPES
            key_1  ward 3  edg_live_Ab  1970-01-01 00:00:00Z  1970-04-01 00:00:00Z  -          -        devices:write,models:read

            """,
            listed.Out);
        Assert.Equal("Revoked key_1.\n", revoked.Out);
    }

    [Theory]
    [InlineData("keys", "create", "x")]
    [InlineData("keys", "create", "x", "--scope", "everything")]
    [InlineData("keys", "revoke", "../models")]
    public async Task Keys_WithAWrongValue_AreRefusedBeforeAnythingIsCalled(params string[] args)
    {
        await using var service = await FakeService.StartAsync();
        using var octomil = CommandLine.For(service);

        (await octomil.RunAsync(args)).Expect(4);

        Assert.Empty(service.Requests);
    }
}
