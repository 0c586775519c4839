namespace Octomil.Webhooks;

/// <summary>POST /webhooks.</summary>
public sealed record CreateWebhookRequest
{
    /// <summary>Where to, https.</summary>
    public required string Url { get; init; }

    /// <summary>Which events, such as run.finished; absent: all.</summary>
    public IReadOnlyList<string> Events { get; init; } = [];
}

/// <summary>One webhook. <see cref="Secret"/> is what its messages are signed with, present only in the answer that made it.</summary>
public sealed record WebhookResponse
{
    public required string Id { get; init; }
    public required string Url { get; init; }
    public IReadOnlyList<string> Events { get; init; } = [];

    /// <summary>active, failing (the last attempt was not accepted), disabled, or deleted.</summary>
    public required string Status { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Events that are still to be delivered.</summary>
    public int Pending { get; init; }
    public DateTimeOffset? LastDeliveredAt { get; init; }
    public DateTimeOffset? FailingSince { get; init; }
    public DateTimeOffset? DisabledAt { get; init; }
    public string? DisabledReason { get; init; }
    public string? Secret { get; init; }
}

/// <summary>GET /webhooks.</summary>
public sealed record WebhookList
{
    public required IReadOnlyList<WebhookResponse> Webhooks { get; init; }
}

/// <summary>POST /webhooks/{id}/test: what the receiver answered to an event webhook.test, which is sent once.</summary>
public sealed record WebhookTestResponse
{
    public required string EventId { get; init; }
    public required bool Delivered { get; init; }

    /// <summary>The receiver's status; absent: it gave none, and <see cref="Error"/> says why.</summary>
    public int? StatusCode { get; init; }
    public string? Error { get; init; }
}

/// <summary>An event on its way to a webhook, or one that was.</summary>
public sealed record WebhookDeliveryResponse
{
    public required string EventId { get; init; }
    public required string Type { get; init; }
    public required DateTimeOffset RaisedAt { get; init; }

    /// <summary>pending, delivered or given_up.</summary>
    public required string Status { get; init; }
    public int Attempts { get; init; }
    public DateTimeOffset? LastAttemptAt { get; init; }
    public DateTimeOffset? NextAttemptAt { get; init; }
    public int? StatusCode { get; init; }
    public string? Error { get; init; }
}

/// <summary>GET /webhooks/{id}/deliveries, the newest first.</summary>
public sealed record WebhookDeliveryList
{
    public required IReadOnlyList<WebhookDeliveryResponse> Deliveries { get; init; }
}
