using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Octomil.Organizations;
using Octomil.Storage;
using Xunit;

namespace Octomil.Webhooks;

/// <summary>Events on their way from the grains to real receivers.</summary>
public sealed class WebhookGrainTests(WebhookScene scene) : IClassFixture<WebhookScene>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IGrainFactory Grains => scene.Grains;

    [Fact]
    public async Task Raise_ToAReceiverThatFailsTwice_IsSentThreeTimesWithOneIdAndGoodSignatures()
    {
        var receiver = await scene.ReceiverAsync(number => number <= 2 ? 500 : 200);
        var hook = await scene.HookAsync("org_retried", receiver);

        await Grains.GetWebhooks("org_retried").RaiseAsync(Event("evt_1"));
        var messages = await receiver.UntilAsync(3, Cancellation);
        await scene.SettledAsync("org_retried", hook.Webhook!.Id);

        Assert.Equal(3, receiver.Messages.Count);
        Assert.All(messages, message => Assert.Equal(("evt_1", true), (message.Id, message.IsSignedWith(hook.Secret!))));
        Assert.All(messages, message => Assert.Equal("""{"type":"run.finished","id":"evt_1","timestamp":"2026-11-24T12:00:00Z","data":{"session_id":"run_1"}}""", message.Body));
        var sent = DateTimeOffset.FromUnixTimeSeconds(long.Parse(messages[0].Timestamp, CultureInfo.InvariantCulture));
        Assert.InRange(TimeProvider.System.GetUtcNow() - sent, TimeSpan.FromSeconds(-1), TimeSpan.FromMinutes(5));
        var delivery = Assert.Single((await Grains.GetWebhook("org_retried", hook.Webhook.Id).GetDeliveriesAsync())!.Value);
        Assert.Equal((WebhookDeliveryStatus.Delivered, 3, 200), (delivery.Status, delivery.Attempts, delivery.LastAttempt!.StatusCode));
    }

    [Fact]
    public async Task Raise_OfTheSameEventAgain_AlsoAfterARestart_IsDeliveredOnce()
    {
        var receiver = await scene.ReceiverAsync();
        var hook = await scene.HookAsync("org_repeated", receiver);

        await Grains.GetWebhooks("org_repeated").RaiseAsync(Event("evt_1"));
        await Grains.GetWebhooks("org_repeated").RaiseAsync(Event("evt_1"));
        await scene.SettledAsync("org_repeated", hook.Webhook!.Id);
        await scene.RestartAsync();
        await Grains.GetWebhooks("org_repeated").RaiseAsync(Event("evt_1"));
        await Grains.GetWebhooks("org_repeated").RaiseAsync(Event("evt_2"));
        await receiver.UntilAsync(2, Cancellation);
        await scene.SettledAsync("org_repeated", hook.Webhook.Id);

        Assert.Equal(["evt_1", "evt_2"], receiver.Messages.Select(message => message.Id));
    }

    [Fact]
    public async Task Events_ThatASiloTookWithIt_AreDeliveredAfterItsStartWithoutAnybodyAsking()
    {
        var isUp = false;
        var receiver = await scene.ReceiverAsync(_ => isUp ? 200 : 503);
        await scene.HookAsync("org_restarted", receiver);
        await Grains.GetWebhooks("org_restarted").RaiseAsync(Event("evt_1"));
        await receiver.UntilAsync(1, Cancellation);

        await scene.RestartAsync();
        var before = receiver.Messages.Count;
        isUp = true;
        var messages = await receiver.UntilAsync(before + 1, Cancellation);

        Assert.Equal("evt_1", messages[^1].Id);
    }

    [Fact]
    public async Task Raise_WhileAReceiverDoesNotAnswer_DelaysNeitherTheCallerNorOthers()
    {
        var (silent, other) = (await scene.ReceiverAsync(_ => null), await scene.ReceiverAsync());
        var hook = await scene.HookAsync("org_silent", silent);
        await scene.HookAsync("org_beside", other);

        await Grains.GetWebhooks("org_silent").RaiseAsync(Event("evt_1"));
        await silent.UntilAsync(1, Cancellation);
        await Grains.GetWebhooks("org_silent").RaiseAsync(Event("evt_2"));
        await Grains.GetWebhooks("org_beside").RaiseAsync(Event("evt_3"));
        await other.UntilAsync(1, Cancellation);

        // The first message is still under way: nobody has waited for it.
        Assert.Equal(2, (await Grains.GetWebhook("org_silent", hook.Webhook!.Id).GetAsync())!.Pending);
        Assert.Single(silent.Messages);
        Assert.True(await Grains.GetWebhooks("org_silent").DeleteAsync(hook.Webhook.Id));
    }

    [Fact]
    public async Task Redirects_AreNotFollowed()
    {
        var receiver = await scene.ReceiverAsync(number => number == 1 ? 302 : 200);
        var hook = await scene.HookAsync("org_redirected", receiver);

        var first = await Grains.GetWebhook("org_redirected", hook.Webhook!.Id).TestAsync("evt_test");

        Assert.Equal((302, false), (first!.StatusCode, first.IsAccepted));
        Assert.Equal("webhook.test", Assert.Single(receiver.Messages).Type);
    }

    [Fact]
    public async Task Gone_DisablesAndIsAudited_AndATestThatIsAcceptedEnables()
    {
        var receiver = await scene.ReceiverAsync(number => number == 1 ? 410 : 200);
        var hook = await scene.HookAsync("org_gone", receiver);
        await Grains.GetWebhooks("org_gone").RaiseAsync(Event("evt_1"));
        await receiver.UntilAsync(1, Cancellation);
        var disabled = await scene.SettledAsync("org_gone", hook.Webhook!.Id);

        Assert.NotNull(disabled.DisabledAt);
        var query = new AuditQuery { OrganizationId = "org_gone", Limit = 10 };
        while ((await scene.Services.GetRequiredService<IAuditLog>().ListAsync(query, Cancellation)).All(entry => entry.Action != "webhook.disable"))
        {
            await Task.Delay(10, Cancellation);
        }

        await Grains.GetWebhooks("org_gone").RaiseAsync(Event("evt_2"));
        Assert.True((await Grains.GetWebhook("org_gone", hook.Webhook.Id).TestAsync("evt_test"))!.IsAccepted);
        Assert.Null((await Grains.GetWebhook("org_gone", hook.Webhook.Id).GetAsync())!.DisabledAt);
        await Grains.GetWebhooks("org_gone").RaiseAsync(Event("evt_3"));
        await receiver.UntilAsync(3, Cancellation);
        Assert.Equal(["evt_1", "evt_test", "evt_3"], receiver.Messages.Select(message => message.Id));
    }

    [Fact]
    public async Task Delete_TakesWhatWasStillToDeliver()
    {
        var receiver = await scene.ReceiverAsync(_ => 500);
        var hook = await scene.HookAsync("org_deleted", receiver);
        await Grains.GetWebhooks("org_deleted").RaiseAsync(Event("evt_1"));
        await receiver.UntilAsync(1, Cancellation);

        Assert.True(await Grains.GetWebhooks("org_deleted").DeleteAsync(hook.Webhook!.Id));

        Assert.False(await Grains.GetWebhooks("org_deleted").DeleteAsync(hook.Webhook.Id));
        Assert.Null(await Grains.GetWebhook("org_deleted", hook.Webhook.Id).GetAsync());
        Assert.Empty(await Grains.GetWebhooks("org_deleted").ListAsync());
    }

    [Fact]
    public async Task Create_OfMoreThanAnOrganizationMayHave_OrOfAUrlAgain_IsRefused()
    {
        var webhooks = Grains.GetWebhooks("org_many");
        var decisions = new List<CreateWebhookDecision>();
        for (var number = 0; number < 11; number++)
        {
            decisions.Add((await webhooks.CreateAsync($"https://example.org/{number % 11}", WebhookEventTypes.All)).Decision);
        }

        Assert.Equal([.. Enumerable.Repeat(CreateWebhookDecision.Created, 10), CreateWebhookDecision.TooMany], decisions);
        Assert.Equal(CreateWebhookDecision.UrlTaken, (await webhooks.CreateAsync("https://example.org/3", WebhookEventTypes.All)).Decision);
        Assert.Equal(CreateWebhookDecision.InvalidUrl, (await webhooks.CreateAsync("https://ada@example.org/3", WebhookEventTypes.All)).Decision);
    }

    [Fact]
    public async Task Send_ToANameThatStandsForAPrivateAddress_ConnectsToNothing()
    {
        var receiver = await scene.ReceiverAsync();
        var seals = scene.Services.GetRequiredService<ISecretSeals>();
        using var sender = new WebhookSender(seals, Options.Create(new WebhookOptions()), TimeProvider.System);
        var webhook = new Webhook { Id = "whk_1", Url = receiver.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal), CreatedAt = Noon };

        var attempt = await sender.SendAsync(webhook, seals.Seal("whk_1", "whsec_YWJj"), Event("evt_1"));

        Assert.Contains("private networks", attempt.Error, StringComparison.Ordinal);
        Assert.Empty(receiver.Messages);
    }

    [Fact]
    public async Task Send_WithASecretThatDoesNotOpen_SaysWhatToDo()
    {
        var seals = scene.Services.GetRequiredService<ISecretSeals>();
        var webhook = new Webhook { Id = "whk_1", Url = "https://example.org", CreatedAt = Noon };

        var attempt = await scene.Services.GetRequiredService<WebhookSender>().SendAsync(webhook, seals.Seal("whk_2", "whsec_YWJj"), Event("evt_1"));

        Assert.Contains("make it again", attempt.Error, StringComparison.Ordinal);
    }

    private static DateTimeOffset Noon => new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private static WebhookEvent Event(string id) =>
        new() { Id = id, Type = WebhookEventTypes.RunFinished, At = Noon, Data = """{"session_id":"run_1"}""" };
}
