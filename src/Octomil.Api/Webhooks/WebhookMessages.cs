namespace Octomil.Webhooks;

/// <summary>From what grains say of webhooks to what the API does.</summary>
internal static class WebhookMessages
{
    public static WebhookResponse Of(Webhook webhook) => new()
    {
        Id = webhook.Id,
        Url = webhook.Url,
        Events = webhook.Events,
        Status = "active",
        CreatedAt = webhook.CreatedAt,
    };

    public static WebhookResponse Of(WebhookSnapshot snapshot) => Of(snapshot.Webhook) with
    {
        Status = snapshot.DisabledAt is not null ? "disabled" : snapshot.FailingSince is not null ? "failing" : "active",
        Pending = snapshot.Pending,
        LastDeliveredAt = snapshot.LastDeliveredAt,
        FailingSince = snapshot.FailingSince,
        DisabledAt = snapshot.DisabledAt,
        DisabledReason = snapshot.DisabledReason,
    };

    public static WebhookTestResponse Of(string eventId, WebhookAttempt attempt) => new()
    {
        EventId = eventId,
        Delivered = attempt.IsAccepted,
        StatusCode = attempt.StatusCode,
        Error = attempt.Error,
    };

    public static WebhookDeliveryResponse Of(WebhookDelivery delivery) => new()
    {
        EventId = delivery.Event.Id,
        Type = delivery.Event.Type,
        RaisedAt = delivery.Event.At,
        Status = delivery.Status switch
        {
            WebhookDeliveryStatus.Pending => "pending",
            WebhookDeliveryStatus.Delivered => "delivered",
            WebhookDeliveryStatus.GivenUp => "given_up",
            _ => throw new InvalidOperationException($"No word for {delivery.Status}."),
        },
        Attempts = delivery.Attempts,
        LastAttemptAt = delivery.LastAttemptAt,
        NextAttemptAt = delivery.NextAttemptAt,
        StatusCode = delivery.LastAttempt?.StatusCode,
        Error = delivery.LastAttempt?.Error,
    };
}
