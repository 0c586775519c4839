using System.Text.Json;
using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class DeviceTests(ApiServer server)
{
    [Fact]
    public async Task Register_OfOneIdentifierTwice_IsOneDeviceWithTheNewFacts()
    {
        var admin = await server.OrganizationAsync("Registers twice");

        var first = (await admin.PostAsync("/devices/register", new { device_identifier = "hospital-001", org_id = "default", platform = "linux" })).Ok();
        var second = (await admin.PostAsync("/devices/register", new { device_identifier = "hospital-001", platform = "windows" })).Ok();

        Assert.Matches("^dev_[0-9a-f]{16}$", first.Text("id"));
        Assert.Equal(first.Text("id"), second.Text("id"));
        Assert.Equal(first.Text("registered_at"), second.Text("registered_at"));
        Assert.Equal(admin.OrganizationId, second.Text("org_id"));
        Assert.Equal("active", second.Text("status"));
        Assert.Equal("windows", (await admin.GetAsync("/devices/hospital-001")).Ok().Text("platform"));
    }

    [Fact]
    public async Task Register_OfOneIdentifierInTwoOrganizations_IsTwoDevices()
    {
        var (one, other) = (await server.OrganizationAsync("Same identifier 1"), await server.OrganizationAsync("Same identifier 2"));

        var first = (await one.PostAsync("/devices/register", new { device_identifier = "ward-1" })).Ok().Text("id");
        var second = (await other.PostAsync("/devices/register", new { device_identifier = "ward-1" })).Ok().Text("id");

        Assert.NotEqual(first, second);
        (await other.GetAsync($"/devices/{first}")).Refused(404, ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Register_WithBadFields_Is400AndNamesThem()
    {
        var admin = await server.OrganizationAsync("Registers badly");
        var many = Enumerable.Range(0, 65).ToDictionary(i => $"fact{i}", i => i);
        var large = Enumerable.Range(0, 10).ToDictionary(i => $"fact{i}", _ => new string('x', 500));

        (await admin.PostAsync("/devices/register", new { })).RefusedFor("device_identifier");
        (await admin.PostAsync("/devices/register", new { device_identifier = "" })).RefusedFor("device_identifier");
        (await admin.PostAsync("/devices/register", new { device_identifier = new string('x', 129) })).RefusedFor("device_identifier");
        (await admin.PostAsync("/devices/register", new { device_identifier = "d", platform = new string('x', 513) })).RefusedFor("platform");
        (await admin.PostAsync("/devices/register", new { device_identifier = "d", metadata = many })).RefusedFor("metadata");
        (await admin.PostAsync("/devices/register", new { device_identifier = "d", capabilities = large })).RefusedFor("capabilities");
        (await admin.PostAsync("/devices/register", new { device_identifier = "d", total_memory_mb = "much" })).RefusedFor("total_memory_mb");
    }

    [Fact]
    public async Task Register_WithFacts_ShowsThemWithTheDeviceAndInTheListing()
    {
        var admin = await server.OrganizationAsync("Shows facts");
        (await admin.PostAsync("/devices/register", new
        {
            device_identifier = "phone-1", platform = "android", os_version = "14", sdk_version = "python-0.4", app_version = "2.1",
            manufacturer = "Acme", model = "A1", total_memory_mb = 4096, battery_pct = 80.5, charging = true, region = "eu",
            metadata = new { runtime = "cpython", tags = new[] { 1, 2 } }, capabilities = new { cpu_count = 8 }, feature_schema = new[] { "age", "chol" },
        })).Ok();

        var shown = (await admin.GetAsync("/devices/phone-1")).Ok();
        var listed = await ListedAsync(admin, "phone-1", _ => true);

        foreach (var device in (JsonElement[])[shown, listed])
        {
            Assert.Equal(
                ("android", "14", "python-0.4", "2.1"),
                (device.Text("platform"), device.Text("os_version"), device.Text("sdk_version"), device.Text("app_version")));
            var facts = device.GetProperty("facts");
            Assert.Equal(("Acme", "A1", "4096"), (facts.Text("manufacturer"), facts.Text("model"), facts.Text("total_memory_mb")));
            Assert.Equal(("80.5", "true", "eu"), (facts.Text("battery_pct"), facts.Text("charging"), facts.Text("region")));
            Assert.Equal(("cpython", "[1,2]", "8"), (facts.Text("metadata.runtime"), facts.Text("metadata.tags"), facts.Text("capabilities.cpu_count")));

            // The names of features may say much of the data.
            Assert.Equal("2", facts.Text("feature_count"));
            Assert.DoesNotContain("chol", device.GetRawText(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    public async Task Heartbeat_WithFacts_ShowsTheLastOnes(string method)
    {
        var admin = await server.OrganizationAsync($"Heartbeat {method}");
        (await admin.PostAsync("/devices/register", new { device_identifier = "phone-1", sdk_version = "1.0", platform = "ios" })).Ok();

        await BeatAsync(new { metadata = new { battery_level = 90, network_type = "cell" } });
        var answer = await BeatAsync(new { sdk_version = "1.1", battery_pct = 70, charging = false, metadata = new { battery_level = 70 } });

        Assert.Equal("active", answer.Text("status"));
        Assert.True(answer.GetProperty("server_time").TryGetDateTimeOffset(out _));
        var shown = (await admin.GetAsync("/devices/phone-1")).Ok();
        Assert.Equal(("ios", "1.1"), (shown.Text("platform"), shown.Text("sdk_version")));
        var facts = shown.GetProperty("facts");
        Assert.Equal(("70", "70", "false"), (facts.Text("metadata.battery_level"), facts.Text("battery_pct"), facts.Text("charging")));
        Assert.False(facts.Has("metadata.network_type"));

        // The listing's row is written when something other than a heartbeat changes, or after a minute.
        (await admin.PostAsync("/device-groups", new { name = "phones" })).Ok();
        (await admin.PostAsync("/device-groups/phones/devices", new { devices = new[] { "phone-1" } })).Ok();
        var listed = await ListedAsync(admin, "phone-1", device => device.List("groups").Any());
        Assert.Equal("70", listed.GetProperty("facts").Text("battery_pct"));

        async Task<JsonElement> BeatAsync(object body) =>
            (await admin.SendAsync(new HttpMethod(method), "/devices/phone-1/heartbeat", System.Net.Http.Json.JsonContent.Create(body))).Ok();
    }

    [Fact]
    public async Task Heartbeat_WithoutABodyOrWithTooMuch_IsTakenOrRefused()
    {
        var admin = await server.OrganizationAsync("Beats without a body");
        (await admin.PostAsync("/devices/register", new { device_identifier = "phone-1" })).Ok();

        (await admin.PostAsync("/devices/phone-1/heartbeat")).Ok();
        (await admin.PostAsync("/devices/phone-1/heartbeat", new { metadata = new { big = new string('x', 513) } })).RefusedFor("metadata");
        (await admin.PostAsync("/devices/phone-1/heartbeat", new { sdk_version = new string('x', 513) })).RefusedFor("sdk_version");
    }

    [Fact]
    public async Task Calls_ForAnotherOrganizationsDevice_Are404()
    {
        var (owner, other) = (await server.OrganizationAsync("Owns a device"), await server.OrganizationAsync("Wants others' devices"));
        var id = (await owner.PostAsync("/devices/register", new { device_identifier = "d" })).Ok().Text("id");
        (await other.PostAsync("/device-groups", new { name = "mine" })).Ok();

        (await other.GetAsync($"/devices/{id}")).Refused(404, ErrorCodes.NotFound);
        (await other.GetAsync("/devices/d")).Refused(404, ErrorCodes.NotFound);
        (await other.PostAsync($"/devices/{id}/heartbeat", new { })).Refused(404, ErrorCodes.NotFound);
        (await other.PostAsync("/device-groups/mine/devices", new { devices = new[] { id } })).Refused(404, ErrorCodes.NotFound);
        (await other.GetAsync($"/training/rounds?device_id={id}")).Refused(404, ErrorCodes.NotFound);
        (await other.SendAsync(HttpMethod.Put, $"/training/rounds/rnd_0123456789abcdef/updates/{id}", ModelCalls.Bytes([]))).Refused(404, ErrorCodes.NotFound);
    }

    [Fact]
    public async Task List_OfDevices_PagesInOrderAndFiltersByGroup()
    {
        var admin = await server.OrganizationAsync("Lists devices");
        await TrainingScene.RegisterAsync(admin, 5);
        (await admin.PostAsync("/device-groups", new { name = "production", description = "in use" })).Ok();
        (await admin.PostAsync("/device-groups/production/devices", new { devices = new[] { "device-1", "device-3" } })).Ok();
        (await admin.PostAsync("/device-groups/production/devices", new { devices = new[] { "device-3" } })).Ok();
        await Patience.UntilAsync("the rows of the devices", async () =>
            (await PageAsync("limit=1")).Total == 5 && (await PageAsync("group=production")).Total == 2);

        Assert.Equal(["device-0", "device-1"], (await PageAsync("limit=2")).Identifiers);
        Assert.Equal(["device-4"], (await PageAsync("limit=2&offset=4")).Identifiers);
        Assert.Empty((await PageAsync("offset=5")).Identifiers);
        Assert.Equal(["device-1", "device-3"], (await PageAsync("group=production")).Identifiers);
        Assert.Equal((2, 0), ((await PageAsync("group=production&limit=1")).Total, (await PageAsync("group=unknown")).Total));

        async Task<(string[] Identifiers, long Total)> PageAsync(string query)
        {
            var page = (await admin.GetAsync($"/devices?{query}")).Ok();
            return ([.. page.List("devices").Select(device => device.Text("device_identifier"))], page.Number("total"));
        }
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("offset=-1", "offset")]
    [InlineData("limit=many", "limit")]
    public async Task List_WithABadPage_Is400AndNamesTheParameter(string query, string parameter) =>
        (await server.Operator.GetAsync($"/devices?{query}")).RefusedFor(parameter);

    [Fact]
    public async Task Groups_AreTheOrganizationsOwn()
    {
        var (owner, other) = (await server.OrganizationAsync("Owns a group"), await server.OrganizationAsync("Owns no group"));
        (await owner.PostAsync("/device-groups", new { name = "production", description = "first" })).Ok();
        (await owner.PostAsync("/device-groups", new { name = "production", description = "second" })).Ok();
        (await other.PostAsync("/devices/register", new { device_identifier = "d" })).Ok();

        var group = Assert.Single((await owner.GetAsync("/device-groups")).Ok().List("groups"));
        Assert.Equal(("production", "static", "first", 0), (group.Text("name"), group.Text("mode"), group.Text("description"), group.Number("device_count")));
        Assert.Empty((await other.GetAsync("/device-groups")).Ok().List("groups"));
        (await other.PostAsync("/device-groups/production/devices", new { devices = new[] { "d" } })).Refused(404, ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Groups_WithBadFields_Are400AndUnknownDevicesAreNamed()
    {
        var admin = await server.OrganizationAsync("Bad groups");
        (await admin.PostAsync("/device-groups", new { name = "mine" })).Ok();

        (await admin.PostAsync("/device-groups", new { name = "Not a name" })).RefusedFor("name");
        (await admin.PostAsync("/device-groups", new { name = "rules", mode = "dynamic" })).RefusedFor("rules");
        (await admin.PostAsync("/device-groups/mine/devices", new { devices = Array.Empty<string>() })).RefusedFor("devices");
        var problem = (await admin.PostAsync("/device-groups/mine/devices", new { devices = new[] { "nobody" } })).Refused(404, ErrorCodes.NotFound);
        Assert.Equal("nobody", problem.List("unknown").Single().GetString());
    }

    private static async Task<JsonElement> ListedAsync(ApiCaller caller, string identifier, Func<JsonElement, bool> wanted) =>
        (JsonElement)await Patience.ForAsync<object>($"the row of {identifier}", async () =>
            (await caller.GetAsync("/devices")).Ok().List("devices")
                .Where(device => device.Text("device_identifier") == identifier && wanted(device)).Cast<object>().FirstOrDefault());
}
