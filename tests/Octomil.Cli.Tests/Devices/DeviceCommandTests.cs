namespace Octomil.Devices;

public sealed class DeviceCommandTests
{
    private static readonly DeviceResponse _hospital = new()
    {
        Id = "dev_0123456789abcdef", DeviceIdentifier = "hospital-001", OrgId = "org_1", Status = "active", RegisteredAt = DateTimeOffset.UnixEpoch,
        Connected = true, Platform = "linux", Groups = ["production"],
    };

    [Fact]
    public async Task List_PassesThePageAndTheGroup()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /devices", new DeviceList { Devices = [_hospital], Total = 5, Limit = 1, Offset = 2 });
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("devices", "list", "--limit", "1", "--offset", "2", "--group", "a b&c")).Expect(0);

        Assert.Equal(
            """
            ID                    IDENTIFIER    STATUS  CONNECTED  LAST SEEN  PLATFORM  GROUPS
            dev_0123456789abcdef  hospital-001  active  yes        -          linux     production

            """,
            ended.Out);
        Assert.Equal("1 of 5 devices, from 2; --offset and --limit show others.\n", ended.Error);
        Assert.Equal(["GET /devices?limit=1&offset=2&group=a%20b%26c"], service.Calls);
    }

    [Fact]
    public async Task Show_TakesTheIdentifier()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /devices/hospital-001", _hospital);
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("devices", "show", "hospital-001")).Expect(0);

        Assert.StartsWith("Device: hospital-001 (dev_0123456789abcdef)\nStatus: active    Connected: yes\n", ended.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Groups_AreCreatedFilledAndListed()
    {
        await using var service = await FakeService.StartAsync();
        var group = new GroupResponse { Name = "production", Mode = "static", DeviceCount = 2 };
        service.On("POST /device-groups", group).On("GET /device-groups", new GroupList { Groups = [group] })
            .On("POST /device-groups/production/devices", new AddDevicesResponse { Added = 2 });
        using var octomil = CommandLine.For(service);

        Assert.Equal("Group: production (static)\n", (await octomil.RunAsync("group", "create", "production", "--mode", "static")).Expect(0).Out);
        Assert.Equal("2 devices in production.\n", (await octomil.RunAsync("group", "add", "production", "hospital-001", "hospital-002")).Expect(0).Out);
        Assert.Equal("NAME        MODE    DEVICES  DESCRIPTION\nproduction  static        2  -\n", (await octomil.RunAsync("group", "list")).Expect(0).Out);
        Assert.Equal(["hospital-001", "hospital-002"], service.Body<AddDevicesRequest>("POST /device-groups/production/devices").Devices);
    }

    [Fact]
    public async Task GroupsByRule_AreCreatedShownAndLeft()
    {
        await using var service = await FakeService.StartAsync();
        var group = new GroupResponse { Name = "phones", Mode = "hybrid", Rules = ["platform eq ios", "battery_pct ge 50"], DeviceCount = 2, ReadyDevices = 1 };
        service.On("POST /device-groups", group).On("GET /device-groups/phones", group)
            .On("POST /device-groups/phones/devices/remove", new RemoveDevicesResponse { Removed = 1 });
        using var octomil = CommandLine.For(service);

        (await octomil.RunAsync("group", "create", "phones", "--mode", "hybrid", "--rule", "platform eq ios", "--rule", "battery_pct ge 50")).Expect(0);

        Assert.Equal(["platform eq ios", "battery_pct ge 50"], service.Body<CreateGroupRequest>("POST /device-groups").Rules);
        Assert.Equal(
            "Group: phones (hybrid)\nDescription: -\nRule: platform eq ios\nRule: battery_pct ge 50\nDevices: 2 registered, 1 ready\n",
            (await octomil.RunAsync("group", "status", "phones")).Expect(0).Out);
        Assert.Equal("1 device taken out of phones.\n", (await octomil.RunAsync("group", "remove", "phones", "hospital-001")).Expect(0).Out);
    }

    [Fact]
    public async Task Revoke_SaysWhom()
    {
        await using var service = await FakeService.StartAsync();
        service.On("POST /devices/hospital-001/revoke", _hospital with { Status = "revoked" });
        using var octomil = CommandLine.For(service);

        Assert.Equal("Revoked: hospital-001 (dev_0123456789abcdef)\n", (await octomil.RunAsync("devices", "revoke", "hospital-001")).Expect(0).Out);
    }

    [Fact]
    public async Task GroupCreate_OfAModeTheServiceRefuses_PassesTheReasonOn()
    {
        await using var service = await FakeService.StartAsync();
        service.Refuse("POST /device-groups", 422, "invalid_request", "Dynamic groups are not supported yet.");
        using var octomil = CommandLine.For(service);

        Assert.Equal("error: Dynamic groups are not supported yet.\n", (await octomil.RunAsync("group", "create", "g", "--mode", "dynamic")).Expect(1).Error);
    }
}
