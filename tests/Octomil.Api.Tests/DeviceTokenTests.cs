using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class DeviceTokenTests(ApiServer server)
{
    [Fact]
    public async Task Token_ActsForItsDeviceAndForNoOther()
    {
        var (admin, key, _) = await KeyAsync("Mints tokens");
        var device = server.As((await MintAsync(key, "one")).Text("access_token"));

        (await device.PostAsync("/devices/register", new { device_identifier = "one" })).Ok();
        (await device.PostAsync("/devices/one/heartbeat", new { })).Ok();
        (await device.GetAsync("/devices/one")).Ok();
        (await device.GetAsync("/training/rounds?device_id=one&status=active")).Ok();

        (await device.PostAsync("/devices/register", new { device_identifier = "two" })).Refused(403, ErrorCodes.WrongDevice);
        (await device.PostAsync("/devices/two/heartbeat", new { })).Refused(404, ErrorCodes.NotFound);
        (await device.GetAsync("/devices/two")).Refused(404, ErrorCodes.NotFound);
        (await device.GetAsync("/training/rounds?device_id=two&status=active")).Refused(404, ErrorCodes.NotFound);
        (await device.PostAsync("/devices/two/token")).Refused(404, ErrorCodes.NotFound);
        (await device.GetAsync("/devices")).Refused(403, ErrorCodes.WrongDevice);
        (await device.PostAsync("/device-groups", new { name = "g" })).Refused(403, ErrorCodes.WrongDevice);
        await Patience.UntilAsync("both devices to be listed", async () => (await admin.GetAsync("/devices")).Ok().Number("total") == 2);
    }

    [Fact]
    public async Task Token_AtTheHub_SpeaksForItsDeviceAlone()
    {
        var (_, key, _) = await KeyAsync("Mints tokens for the hub");
        await using var connection = new HubDevice(server.Address, (await MintAsync(key, "one")).Text("access_token"));
        await connection.StartAsync();

        await Assert.ThrowsAsync<HubException>(() => connection.HelloAsync("two"));
        Assert.Empty((await connection.HelloAsync("one")).Assignments);
    }

    [Fact]
    public async Task Refresh_RotatesAndATokenUsedTwiceEndsThemAll()
    {
        var (admin, key, _) = await KeyAsync("Rotates tokens");
        var first = await MintAsync(key, "one");
        var second = (await RefreshAsync(first)).Ok();
        var third = (await RefreshAsync(second)).Ok();
        (await server.As(third.Text("access_token")).GetAsync("/devices/one")).Ok();

        (await RefreshAsync(first)).Refused(401, ErrorCodes.Unauthorized);

        (await RefreshAsync(third)).Refused(401, ErrorCodes.Unauthorized);
        (await server.As(third.Text("access_token")).GetAsync("/devices/one")).Refused(401, ErrorCodes.Unauthorized);
        var reuse = (await admin.GetAsync("/audit")).Ok().List("entries").Single(entry => entry.Text("action") == "device.token-reuse");
        Assert.Equal((first.Text("device_id"), "service"), (reuse.Text("subject"), reuse.Text("actor")));
    }

    [Fact]
    public async Task Refresh_ThatIsRepeatedUnderItsName_IsAnsweredAlike_AndAnotherNameMustBeOne()
    {
        var (_, key, _) = await KeyAsync("Loses answers");
        var first = await MintAsync(key, "one");
        Task<Answer> RefreshAsync(string attempt) =>
            server.Anonymous.PostAsync("/auth/device/refresh", new { refresh_token = first.Text("refresh_token"), attempt });

        var lost = (await RefreshAsync("attempt-0123456789")).Ok();
        var again = (await RefreshAsync("attempt-0123456789")).Ok();

        Assert.NotEqual(first.Text("refresh_token"), again.Text("refresh_token"));
        foreach (var token in (JsonElement[])[lost, again])
        {
            (await server.As(token.Text("access_token")).GetAsync("/devices/one")).Ok();
        }

        (await RefreshAsync("somebody-elses-01")).Refused(401, ErrorCodes.Unauthorized);
        (await server.As(again.Text("access_token")).GetAsync("/devices/one")).Refused(401, ErrorCodes.Unauthorized);
        (await RefreshAsync("short")).Refused(400, ErrorCodes.InvalidRequest);
    }

    [Fact]
    public async Task Token_EndsWithItsKey()
    {
        var (admin, key, keyId) = await KeyAsync("Revokes a minting key");
        var token = await MintAsync(key, "one");

        (await admin.PostAsync($"/api-keys/{keyId}/revoke")).Ok();

        (await server.As(token.Text("access_token")).GetAsync("/devices/one")).Refused(401, ErrorCodes.Unauthorized);
        (await RefreshAsync(token)).Refused(401, ErrorCodes.Unauthorized);
    }

    [Fact]
    public async Task Token_OfAKindThatItIsNot_OpensNothing()
    {
        var (_, key, _) = await KeyAsync("Mixes tokens up");
        var token = await MintAsync(key, "one");

        (await server.As(token.Text("refresh_token")).GetAsync("/devices/one")).Refused(401, ErrorCodes.Unauthorized);
        (await server.As("oct_ses_" + token.Text("access_token")["oct_dev_".Length..]).GetAsync("/devices/one")).Refused(401, ErrorCodes.Unauthorized);
        (await server.Anonymous.PostAsync("/auth/refresh", new { refresh_token = token.Text("refresh_token") })).Refused(401, ErrorCodes.Unauthorized);
    }

    private async Task<(ApiCaller Admin, ApiCaller Key, string KeyId)> KeyAsync(string organization)
    {
        var admin = await server.OrganizationAsync(organization);
        var created = await admin.CreateKeyAsync(Scopes.DevicesWrite);
        var key = admin.With(created.Text("api_key"));
        (await key.PostAsync("/devices/register", new { device_identifier = "one" })).Ok();
        (await key.PostAsync("/devices/register", new { device_identifier = "two" })).Ok();
        return (admin, key, created.Text("id"));
    }

    private static async Task<JsonElement> MintAsync(ApiCaller key, string device) => (await key.PostAsync($"/devices/{device}/token")).Ok();

    private Task<Answer> RefreshAsync(JsonElement token) =>
        server.Anonymous.PostAsync("/auth/device/refresh", new { refresh_token = token.Text("refresh_token") });
}
