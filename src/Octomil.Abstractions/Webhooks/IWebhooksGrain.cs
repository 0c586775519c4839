using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Octomil.Webhooks;

/// <summary>
/// Which addresses hear of an organization's events (key: <c>org_...</c>). Whoever calls it speaks for that organization.
/// </summary>
[Alias("octomil.webhooks")]
public interface IWebhooksGrain : IGrainWithStringKey
{
    /// <summary>Makes a webhook with a secret of its own.</summary>
    [Alias("create")]
    Task<CreateWebhookResult> CreateAsync(string url, ImmutableArray<string> events);

    [Alias("list"), AlwaysInterleave]
    Task<ImmutableArray<Webhook>> ListAsync();

    /// <summary>Takes it away with what it had still to deliver. False: there is none.</summary>
    [Alias("delete")]
    Task<bool> DeleteAsync(string webhookId);

    /// <summary>
    /// Gives the event to every webhook that wants it; when it answers, they have it durably. Whoever raises an event does so again until
    /// this is answered, and the same event again changes nothing.
    /// </summary>
    [Alias("raise")]
    Task RaiseAsync(WebhookEvent raised);
}

/// <summary>
/// One webhook and the events on their way to it (key: see <see cref="GrainKeys.GetWebhook"/>). Each event is sent until the receiver
/// accepts it or the service gives up: at least once, with one id. Sending takes none of the grain's turns.
/// </summary>
[Alias("octomil.webhook-outbox")]
public interface IWebhookGrain : IGrainWithStringKey
{
    /// <param name="webhook">What it is.</param>
    /// <param name="sealedSecret">Its secret, protected.</param>
    [Alias("create")]
    Task CreateAsync(Webhook webhook, string sealedSecret);

    /// <summary>False: there was none.</summary>
    [Alias("delete")]
    Task<bool> DeleteAsync();

    /// <summary>Null: there is none.</summary>
    [Alias("get"), AlwaysInterleave]
    Task<WebhookSnapshot?> GetAsync();

    /// <summary>The newest first; null: there is no such webhook.</summary>
    [Alias("deliveries"), AlwaysInterleave]
    Task<ImmutableArray<WebhookDelivery>?> GetDeliveriesAsync();

    /// <summary>Sends a test once, beside all else. One that is accepted enables a webhook that was disabled. Null: there is none.</summary>
    [Alias("test"), AlwaysInterleave]
    Task<WebhookAttempt?> TestAsync(string eventId);

    /// <summary>Takes an event once.</summary>
    [Alias("enqueue")]
    Task EnqueueAsync(WebhookEvent raised);

    /// <summary>Says what came of sending the event. Called by the grain itself.</summary>
    [Alias("attempted")]
    Task AttemptedAsync(string eventId, WebhookAttempt attempt);

    /// <summary>Says that a test was accepted. Called by the grain itself.</summary>
    [Alias("tested")]
    Task TestedAsync();

    /// <summary>Goes on with what is to be delivered, if it does not already.</summary>
    [Alias("wake"), OneWay]
    Task WakeAsync();
}

/// <summary>The webhooks with something to deliver (one grain), so that a silo that starts can wake them.</summary>
[Alias("octomil.busy-webhooks")]
public interface IBusyWebhooksGrain : IGrainWithStringKey
{
    [Alias("add")]
    Task AddAsync(string key);

    [Alias("remove")]
    Task RemoveAsync(string key);

    [Alias("wake-all")]
    Task WakeAllAsync();
}
