namespace Octomil.Organizations;

public sealed class LoginTests
{
    private static readonly OrganizationResponse _acme = new()
    {
        Id = "org_7f8a9b0c",
        Name = "Acme Health",
        CreatedAt = DateTimeOffset.UnixEpoch,
        Scopes = ["devices:read", "training:write"],
    };

    private static readonly SessionResponse _session = new()
    {
        AccessToken = "oct_ses_first",
        RefreshToken = "oct_ref_first",
        ExpiresIn = 900,
        OrgId = "org_7f8a9b0c",
        OrgName = "Acme Health",
        Email = "ada@acme.example",
        Role = "admin",
    };

    [Fact]
    public async Task Login_WithAGoodKey_KeepsItForTheNextCommandsAndForTheOwnerAlone()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /organizations/current", _acme);
        using var octomil = new CommandLine();

        var login = (await octomil.RunAsync("login", "--api-key", CommandLine.Key, "--api-base", service.Address)).Expect(0);
        var org = (await octomil.RunAsync("org")).Expect(0);

        Assert.Equal("Logged in as Acme Health (org_7f8a9b0c).\n", login.Out);
        Assert.Equal("Organization: Acme Health (org_7f8a9b0c)\nCreated: 1970-01-01 00:00:00Z\nScopes: devices:read, training:write\n", org.Out);
        Assert.All(service.Requests, request => Assert.Equal($"Bearer {CommandLine.Key}", request.Authorization));
        var path = Path.Combine(octomil.Home, ".octomil", "credentials");
        Assert.Equal($$"""{"api_base":"{{service.Address}}","api_key":"{{CommandLine.Key}}"}""", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        }
    }

    [Fact]
    public async Task Login_OverAFileThatOthersMayRead_ClosesIt()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /organizations/current", _acme);
        using var octomil = CommandLine.For(service);
        Directory.CreateDirectory(Path.Combine(octomil.Home, ".octomil"));
        var path = octomil.FileWith(".octomil/credentials", "{}");

        (await octomil.RunAsync("login", "--api-key", CommandLine.Key)).Expect(0);

        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(path) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public async Task Login_WithTheKeyOnStandardInput_ReadsIt()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /organizations/current", _acme);
        using var octomil = new CommandLine { Input = CommandLine.Key + "\n" };

        (await octomil.RunAsync("login", "--api-key", "-", "--api-base", service.Address)).Expect(0);

        Assert.Equal($"Bearer {CommandLine.Key}", service.Requests.Single().Authorization);
    }

    [Fact]
    public async Task Login_WithAKeyNobodyKnows_KeepsNothing()
    {
        await using var service = await FakeService.StartAsync();
        service.Refuse("GET /organizations/current", 401, "unauthorized", "The key is not known.");
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("login", "--api-key", "edg_live_wrong")).Expect(2);

        Assert.StartsWith("error: The key is not known.\nhint: log in with", ended.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(octomil.Home, ".octomil")));
    }

    [Fact]
    public async Task Login_WithAnEmailAddress_ReadsThePasswordAndKeepsTheSessionButPrintsNoToken()
    {
        await using var service = await FakeService.StartAsync();
        service.On("POST /auth/sign-in", _session).On("GET /organizations/current", _acme);
        using var octomil = new CommandLine { Input = "correct horse battery\n" };

        var login = (await octomil.RunAsync("login", "--email", "ada@acme.example", "--api-base", service.Address)).Expect(0);
        (await octomil.RunAsync("org")).Expect(0);

        Assert.Equal("Logged in as ada@acme.example (admin) of Acme Health (org_7f8a9b0c).\n", login.Out);
        Assert.DoesNotContain("oct_", login.Out + login.Error, StringComparison.Ordinal);
        Assert.Equal("correct horse battery", service.Body<SignInRequest>("POST /auth/sign-in").Password);
        Assert.Equal("Bearer oct_ses_first", service.Requests.Last().Authorization);
        var path = Path.Combine(octomil.Home, ".octomil", "credentials");
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(path) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Fact]
    public async Task Session_ThatIsDue_IsRenewedAndKept()
    {
        await using var service = await FakeService.StartAsync();
        service.On("POST /auth/sign-in", _session with { ExpiresIn = 1 })
            .On("POST /auth/refresh", _session with { AccessToken = "oct_ses_second", RefreshToken = "oct_ref_second" })
            .On("GET /organizations/current", _acme);
        using var octomil = new CommandLine { Input = "correct horse battery\n" };
        (await octomil.RunAsync("login", "--email", "ada@acme.example", "--api-base", service.Address)).Expect(0);

        (await octomil.RunAsync("org")).Expect(0);
        (await octomil.RunAsync("org")).Expect(0);

        Assert.Equal(["POST /auth/sign-in", "POST /auth/refresh", "GET /organizations/current", "GET /organizations/current"], service.Calls);
        Assert.Equal("oct_ref_first", service.Body<RefreshRequest>("POST /auth/refresh").RefreshToken);
        Assert.Equal("Bearer oct_ses_second", service.Requests.Last().Authorization);
    }

    [Fact]
    public async Task Session_ThatIsOver_SaysSo()
    {
        await using var service = await FakeService.StartAsync();
        service.On("POST /auth/sign-in", _session with { ExpiresIn = 1 }).Refuse("POST /auth/refresh", 401, "unauthorized", "The session is over. Sign in again.");
        using var octomil = new CommandLine { Input = "correct horse battery\n" };
        (await octomil.RunAsync("login", "--email", "ada@acme.example", "--api-base", service.Address)).Expect(0);

        Assert.StartsWith("error: The session is over.", (await octomil.RunAsync("org")).Expect(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_WithAnInvitation_SetsThePassword()
    {
        await using var service = await FakeService.StartAsync();
        service.On("POST /auth/invitations/accept", _session);
        using var octomil = new CommandLine { Input = "correct horse battery\n" };

        (await octomil.RunAsync("login", "--invitation", "oct_inv_1", "--api-base", service.Address)).Expect(0);

        Assert.Equal(
            new AcceptInvitationRequest { Invitation = "oct_inv_1", Password = "correct horse battery" },
            service.Body<AcceptInvitationRequest>("POST /auth/invitations/accept"));
    }

    [Fact]
    public async Task Login_AtTheIdentityProvider_WaitsForThePersonAndGivesTheTokenToTheService()
    {
        await using var issuer = await Testing.TestIssuer.StartAsync();
        await using var service = await FakeService.StartAsync();
        service.On("GET /auth/methods", new SignInMethods
        {
            Password = true,
            Oidc = new OidcMethod { Authority = issuer.Authority, ClientId = Testing.TestIssuer.ClientId, Scope = "openid email" },
        }).On("POST /auth/sso", _session);
        using var octomil = new CommandLine();

        var login = octomil.RunAsync("login", "--sso", "--invitation", "oct_inv_1", "--org", "org_7f8a9b0c", "--api-base", service.Address);
        while (issuer.Polls == 0 && !login.IsCompleted)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        }

        issuer.Approve("header.payload.signature");
        var ended = (await login).Expect(0);

        Assert.Contains("enter the code ABCD-EFGH", ended.Error, StringComparison.Ordinal);
        Assert.Equal(
            new SsoRequest { IdToken = "header.payload.signature", Invitation = "oct_inv_1", OrgId = "org_7f8a9b0c" }, service.Body<SsoRequest>("POST /auth/sso"));
    }

    [Theory]
    [InlineData("login")]
    [InlineData("login", "--sso", "--email", "a@b.example")]
    [InlineData("login", "--api-key", "edg_live_x", "--invitation", "oct_inv_1")]
    public async Task Login_InNoWayOrInTwo_IsWrongUsage(params string[] args)
    {
        using var octomil = new CommandLine();

        (await octomil.RunAsync(args)).Expect(4);
    }

    [Fact]
    public void Address_IsTheOptionsThenTheVariablesThenTheFiles()
    {
        using var octomil = new CommandLine();
        octomil.Variables["OCTOMIL_API_KEY"] = "edg_test_of_the_variable";
        Directory.CreateDirectory(Path.Combine(octomil.Home, ".octomil"));
        octomil.FileWith(".octomil/credentials", """{"api_base":"https://file.example","api_key":"edg_test_of_the_file"}""");
        CommandEnvironment Environment() => new() { Variable = name => octomil.Variables.GetValueOrDefault(name), HomeFolder = octomil.Home };

        Assert.Equal(new ServiceAddress(new Uri("https://file.example"), "edg_test_of_the_variable"), ServiceAddress.Find(null, Environment()));
        octomil.Variables["OCTOMIL_API_BASE"] = "https://variable.example/api/v1/";
        octomil.Variables.Remove("OCTOMIL_API_KEY");
        Assert.Equal(new ServiceAddress(new Uri("https://variable.example"), "edg_test_of_the_file"), ServiceAddress.Find(null, Environment()));
        Assert.Equal("https://option.example/", ServiceAddress.Find("https://option.example", Environment()).ApiBase.AbsoluteUri);
        Directory.Delete(Path.Combine(octomil.Home, ".octomil"), recursive: true);
        octomil.Variables.Clear();
        Assert.Equal(new ServiceAddress(new Uri(ServiceAddress.Default), null), ServiceAddress.Find(null, Environment()));
    }
}
