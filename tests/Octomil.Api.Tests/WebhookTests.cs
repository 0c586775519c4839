using System.Globalization;
using System.Text.Json;
using Octomil.Api.Tests.Fixtures;
using Octomil.Testing;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class WebhookTests(ApiServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Create_ShowsTheSecretOnce()
    {
        var admin = await server.OrganizationAsync("Has a webhook");

        var created = (await admin.PostAsync("/webhooks", new { url = "https://example.org/hook", events = new[] { "run.finished" } })).Ok();

        var (id, secret) = (created.Text("id"), created.Text("secret"));
        Assert.StartsWith("whsec_", secret, StringComparison.Ordinal);
        Assert.Equal(32, Convert.FromBase64String(secret[6..]).Length);
        var listed = await admin.GetAsync("/webhooks");
        var one = listed.Ok().List("webhooks").Single();
        Assert.Equal((id, "https://example.org/hook", "active", 0), (one.Text("id"), one.Text("url"), one.Text("status"), one.Number("pending")));
        Assert.Equal(["run.finished"], one.List("events").Select(name => name.GetString()));
        Assert.DoesNotContain(secret[6..], listed.Text + (await admin.GetAsync($"/webhooks/{id}")).Text, StringComparison.Ordinal);
        (await admin.PostAsync("/webhooks", new { url = "https://example.org/hook" })).Refused(409, ErrorCodes.WebhookExists);
    }

    [Fact]
    public async Task Create_OfWhatCannotBe_SaysWhy()
    {
        var admin = await server.OrganizationAsync("Has no webhook");

        (await admin.PostAsync("/webhooks", new { url = "ftp://example.org/hook" })).RefusedFor("url");
        (await admin.PostAsync("/webhooks", new { url = "hook" })).RefusedFor("url");
        (await admin.PostAsync("/webhooks", new { url = "https://example.org/", events = new[] { "everything" } })).RefusedFor("events");
        for (var number = 0; number < 10; number++)
        {
            (await admin.PostAsync("/webhooks", new { url = $"https://example.org/{number.ToString(CultureInfo.InvariantCulture)}" })).Ok();
        }

        (await admin.PostAsync("/webhooks", new { url = "https://example.org/more" })).Refused(409, ErrorCodes.LimitReached);
    }

    [Fact]
    public async Task Changes_OfWebhooks_AreAudited()
    {
        var admin = await server.OrganizationAsync("Audits webhooks");
        var id = (await admin.PostAsync("/webhooks", new { url = "http://127.0.0.1:9/" })).Ok().Text("id");

        var test = (await admin.PostAsync($"/webhooks/{id}/test")).Ok();
        Assert.Equal("deleted", (await admin.SendAsync(HttpMethod.Delete, $"/webhooks/{id}", null)).Ok().Text("status"));

        Assert.False(test.GetProperty("delivered").GetBoolean());
        Assert.Contains("refused", test.Text("error"), StringComparison.Ordinal);
        (await admin.SendAsync(HttpMethod.Delete, $"/webhooks/{id}", null)).Refused(404, ErrorCodes.NotFound);
        var entries = (await admin.GetAsync("/audit")).Ok().List("entries").Where(entry => entry.Text("action").StartsWith("webhook.", StringComparison.Ordinal));
        Assert.Equal(
            ["webhook.remove refused", "webhook.remove done", "webhook.test done", "webhook.create done"],
            entries.Select(entry => $"{entry.Text("action")} {entry.Text("outcome")}"));
    }

    [Fact]
    public async Task Rollouts_AreToldWithTheirStepsAndTheirEnd()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var scene = await RolloutScene.CreateAsync(server, "webhook-rollouts", devices: 1);
        var secret = await HookAsync(scene.Owner, receiver);

        await scene.DeployAsync("1.0.0", 100);
        var bad = (await scene.DeployAsync("2.0.0", 10)).Text("id");
        (await scene.CommandAsync(bad, "advance", new { percentage = 40 })).Ok();
        (await scene.CommandAsync(bad, "advance", new { percentage = 40 })).Ok();
        (await scene.Owner.PostAsync($"/models/{scene.Model}/rollback", new { })).Ok();

        var messages = await receiver.UntilAsync(4, Cancellation);
        Assert.All(messages, message => Assert.True(message.IsSignedWith(secret)));
        Assert.Equal(
            ["rollout.advanced 1.0.0 100", "rollout.advanced 2.0.0 10", "rollout.advanced 2.0.0 40", "rollout.rolled_back 2.0.0 1.0.0"],
            messages.Select(message => $"{message.Type} {message.Data.Text("version")} {What(message.Data)}"));
        var data = messages[3].Data;
        Assert.Equal((bad, scene.ModelId, scene.Owner.OrganizationId), (data.Text("rollout_id"), data.Text("model_id"), data.Text("organization_id")));
    }

    [Fact]
    public async Task Runs_AreToldToTheMembersThatTookPart_AndToNobodyElse()
    {
        await using var receivers = new Receivers();
        var scene = await TrainingScene.CreateAsync(server, "webhook-runs", devices: 1);
        var (member, gone, stranger) = (await server.OrganizationAsync("wr-member"), await server.OrganizationAsync("wr-gone"), await server.OrganizationAsync("wr-stranger"));
        (await scene.Owner.PostAsync("/federations", new { name = "webhook-runs" })).Ok();
        (await scene.Owner.PostAsync("/federations/webhook-runs/invite", new { org_ids = new[] { member.OrganizationId, gone.OrganizationId, stranger.OrganizationId } })).Ok();
        (await member.PostAsync("/federations/webhook-runs/join", new { })).Ok();
        (await gone.PostAsync("/federations/webhook-runs/join", new { })).Ok();
        (await scene.Owner.PostAsync("/federations/webhook-runs/models", new { model_id = scene.Model })).Ok();
        foreach (var caller in (ApiCaller[])[scene.Owner, member, gone, stranger])
        {
            await HookAsync(caller, await receivers.StartAsync());
        }

        var run = await scene.StartAsync();
        var round = await scene.OpenRoundAsync();
        (await scene.Owner.PostAsync("/federations/webhook-runs/suspend", new { org_ids = new[] { gone.OrganizationId } })).Ok();
        (await scene.PutUpdateAsync(round, scene.DeviceIds[0], await TestWeights.UpdateAsync(2))).Ok();
        await scene.UntilAsync("COMPLETED");

        var told = (await receivers[0].UntilAsync(1, Cancellation))[0];
        Assert.Equal(
            ("run.finished", run, "COMPLETED", 1, "2.0.0", "webhook-runs"),
            (told.Type, told.Data.Text("session_id"), told.Data.Text("status"), told.Data.Number("rounds_completed"), told.Data.Text("new_version"), told.Data.Text("model")));
        var toldMember = (await receivers[1].UntilAsync(1, Cancellation))[0];
        Assert.Equal((run, member.OrganizationId), (toldMember.Data.Text("session_id"), toldMember.Data.Text("organization_id")));
        Assert.NotEqual(told.Id, toldMember.Id);

        // They are asked after the last that is told was, and would have heard before.
        Assert.Empty(receivers[2].Messages);
        Assert.Empty(receivers[3].Messages);
        Assert.Equal(["COMPLETED"], receivers[0].Messages.Select(message => message.Data.Text("status")));
    }

    [Fact]
    public async Task Deliveries_SayWhatBecameOfEachEvent()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = number => number == 1 ? 500 : 204;
        var scene = await RolloutScene.CreateAsync(server, "webhook-deliveries", devices: 1);
        await HookAsync(scene.Owner, receiver);
        var id = (await scene.Owner.GetAsync("/webhooks")).Ok().List("webhooks").Single().Text("id");

        await scene.DeployAsync("1.0.0", 100);

        var failed = await DeliveryAsync(scene.Owner, id, attempts: 1);
        Assert.Equal(("rollout.advanced", "pending", 500), (failed.Text("type"), failed.Text("status"), failed.Number("status_code")));
        Assert.True(failed.Has("next_attempt_at"));
        Assert.Equal("failing", (await scene.Owner.GetAsync($"/webhooks/{id}")).Ok().Text("status"));
        await receiver.UntilAsync(2, Cancellation);
        var delivered = await DeliveryAsync(scene.Owner, id, attempts: 2);
        Assert.Equal((failed.Text("event_id"), "delivered", 204), (delivered.Text("event_id"), delivered.Text("status"), delivered.Number("status_code")));
        Assert.Equal("active", (await scene.Owner.GetAsync($"/webhooks/{id}")).Ok().Text("status"));
    }

    private static string What(JsonElement data) => data.Has("percentage") ? data.GetProperty("percentage").GetRawText() : data.Text("to_version");

    private static async Task<string> HookAsync(ApiCaller caller, WebhookReceiver receiver) =>
        (await caller.PostAsync("/webhooks", new { url = receiver.Url })).Ok().Text("secret");

    private static async Task<JsonElement> DeliveryAsync(ApiCaller caller, string id, int attempts) =>
        (JsonElement)await Patience.ForAsync<object>($"attempt {attempts}", async () =>
        {
            var delivery = (await caller.GetAsync($"/webhooks/{id}/deliveries")).Ok().List("deliveries").FirstOrDefault();
            return delivery.ValueKind is JsonValueKind.Object && delivery.Number("attempts") == attempts ? delivery : null;
        });

    private sealed class Receivers : IAsyncDisposable
    {
        private readonly List<WebhookReceiver> _all = [];

        public WebhookReceiver this[int index] => _all[index];

        public async Task<WebhookReceiver> StartAsync()
        {
            _all.Add(await WebhookReceiver.StartAsync());
            return _all[^1];
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var receiver in _all)
            {
                await receiver.DisposeAsync();
            }
        }
    }
}
