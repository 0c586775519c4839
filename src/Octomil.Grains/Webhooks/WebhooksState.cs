using System.Collections.Immutable;

namespace Octomil.Webhooks;

/// <summary>An organization's webhooks.</summary>
[GenerateSerializer, Immutable, Alias("octomil.webhooks-state")]
internal sealed record WebhooksState
{
    [Id(0)] public ImmutableArray<Webhook> Webhooks { get; init; } = [];

    /// <summary>Whether there may be a webhook with that URL; null: yes.</summary>
    public CreateWebhookResult? Refuse(string url, WebhookOptions options) =>
        WebhookAddresses.Refuse(url, options.AllowPrivateAddresses) is { } reason
            ? new CreateWebhookResult { Decision = CreateWebhookDecision.InvalidUrl, Reason = reason }
            : Webhooks.FirstOrDefault(webhook => webhook.Url == url) is { } same
                ? new CreateWebhookResult { Decision = CreateWebhookDecision.UrlTaken, Webhook = same }
                : Webhooks.Length >= options.MostPerOrganization
                    ? new CreateWebhookResult { Decision = CreateWebhookDecision.TooMany }
                    : null;

    public WebhooksState With(Webhook webhook) => this with { Webhooks = Webhooks.Add(webhook) };

    public WebhooksState Without(string webhookId) =>
        Webhooks.FirstOrDefault(webhook => webhook.Id == webhookId) is { } found ? this with { Webhooks = Webhooks.Remove(found) } : this;
}
