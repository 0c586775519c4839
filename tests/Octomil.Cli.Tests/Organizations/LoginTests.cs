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
