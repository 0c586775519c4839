using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class PrivacyTests(ApiServer server)
{
    [Fact]
    public async Task Settings_AreChangedByPartAndRead()
    {
        var owner = await server.OrganizationAsync("Sets its policy");
        var first = (await owner.GetAsync("/settings/default")).Ok();
        Assert.False(first.Has("privacy_budget"));
        Assert.False(first.Has("auto_rollback_enabled"));

        (await owner.PutAsync("/settings/default", new { privacy_budget = 8.0 })).Ok();
        var changed = (await owner.PutAsync($"/settings/{owner.OrganizationId}", new { auto_rollback_enabled = true, error_threshold = 0.02 })).Ok();

        Assert.Equal(8, changed.GetProperty("privacy_budget").GetDouble());
        Assert.Equal(1e-5, changed.GetProperty("delta").GetDouble());
        Assert.True(changed.GetProperty("auto_rollback_enabled").GetBoolean());
        Assert.Equal(0.02, changed.GetProperty("error_threshold").GetDouble());
    }

    [Theory]
    [InlineData("privacy_budget", "-1")]
    [InlineData("privacy_budget", "1e9")]
    [InlineData("delta", "0")]
    [InlineData("delta", "1")]
    [InlineData("error_threshold", "5")]
    [InlineData("max_participations", "0")]
    [InlineData("privacy_granularity", "\"sample\"")]
    public async Task Settings_WithANumberThatCannotBe_AreRefused(string field, string value)
    {
        var owner = await server.OrganizationAsync($"Wrong {field} {value}");

        var answer = await owner.SendAsync(HttpMethod.Put, "/settings/default", Json($$"""{"{{field}}": {{value}}}"""));

        answer.RefusedFor(field);
    }

    [Fact]
    public async Task Settings_OfAnotherOrganization_AreNotFound()
    {
        var (one, other) = (await server.OrganizationAsync("Settings one"), await server.OrganizationAsync("Settings other"));

        (await one.GetAsync($"/settings/{other.OrganizationId}")).Refused(404, ErrorCodes.NotFound);
        (await one.PutAsync($"/settings/{other.OrganizationId}", new { privacy_budget = 100 })).Refused(404, ErrorCodes.NotFound);
        Assert.False((await other.GetAsync("/settings/default")).Ok().Has("privacy_budget"));
    }

    [Fact]
    public async Task Delta_ThatCouldPublishADevice_IsRefused()
    {
        var owner = await server.OrganizationAsync("Has many devices");
        await TrainingScene.RegisterAsync(await owner.WithScopesAsync(Scopes.DevicesWrite), 3);

        await Patience.UntilAsync("the devices to be listed", async () => (await owner.GetAsync("/devices")).Ok().Number("total") == 3);

        (await owner.PutAsync("/settings/default", new { privacy_budget = 1, delta = 0.4 })).RefusedFor("delta");
    }

    [Fact]
    public async Task Epoch_IsBegunWithAReason_AndTheOldOneStaysOnRecord()
    {
        var owner = await server.OrganizationAsync("Has new data");
        (await owner.PutAsync("/settings/default", new { privacy_budget = 2, delta = 1e-5 })).Ok();

        (await owner.PutAsync("/settings/default", new { delta = 1e-6 })).Refused(409, ErrorCodes.PrivacyEpoch);
        (await owner.PostAsync("/privacy/epochs", new { privacy_budget = 3, reason = " " })).RefusedFor("reason");
        var next = (await owner.PostAsync("/privacy/epochs", new { privacy_budget = 3, delta = 1e-6, reason = "Patients of 2027" })).Ok();

        Assert.Equal(2, next.Number("epoch"));
        Assert.Equal("Patients of 2027", next.List("past_epochs").Single().Text("reason"));
        Assert.Equal(1e-6, next.GetProperty("delta").GetDouble());
    }

    private static StringContent Json(string text) => new(text, System.Text.Encoding.UTF8, "application/json");
}
