using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Octomil.Storage;

namespace Octomil.Webhooks;

internal sealed class WebhooksGrain(
    [PersistentState("webhooks", StorageNames.Grains)] IPersistentState<WebhooksState> store,
    IGrainFactory grains, ISecretSeals seals, IOptions<WebhookOptions> options, IIdSource ids, TimeProvider clock) : Grain, IWebhooksGrain
{
    private const int IdDigits = 16;

    private string Id => this.GetPrimaryKeyString();

    public async Task<CreateWebhookResult> CreateAsync(string url, ImmutableArray<string> events)
    {
        if (store.State.Refuse(url, options.Value) is { } refused)
        {
            return refused;
        }

        var webhook = new Webhook { Id = ids.NewId("whk_", IdDigits), Url = url, Events = events, CreatedAt = clock.GetUtcNow() };
        var secret = WebhookSignature.NewSecret(ids);

        // The webhook's own row first: no event may find it missing.
        await grains.GetWebhook(Id, webhook.Id).CreateAsync(webhook, seals.Seal(webhook.Id, secret));
        await store.SaveAsync(store.State.With(webhook), this);
        return new CreateWebhookResult { Decision = CreateWebhookDecision.Created, Webhook = webhook, Secret = secret };
    }

    public Task<ImmutableArray<Webhook>> ListAsync() => Task.FromResult(store.State.Webhooks);

    public async Task<bool> DeleteAsync(string webhookId)
    {
        // The other way round: what is not listed any more gets no event, and a second call takes away what a crash left.
        await store.SaveIfChangedAsync(store.State.Without(webhookId), this);
        return await grains.GetWebhook(Id, webhookId).DeleteAsync();
    }

    public Task RaiseAsync(WebhookEvent raised) => Task.WhenAll(
        store.State.Webhooks.Where(webhook => webhook.Events.Contains(raised.Type)).Select(webhook => grains.GetWebhook(Id, webhook.Id).EnqueueAsync(raised)));
}
