using System.Collections.Immutable;

namespace Octomil.Webhooks;

/// <summary>Something that happened to an organization.</summary>
[GenerateSerializer, Immutable, Alias("octomil.webhook-event")]
public sealed record WebhookEvent
{
    /// <summary>Follows from what happened, so that telling it again after a crash tells the same event.</summary>
    [Id(0)] public required string Id { get; init; }

    /// <summary>One of <see cref="WebhookEventTypes"/>.</summary>
    [Id(1)] public required string Type { get; init; }
    [Id(2)] public required DateTimeOffset At { get; init; }

    /// <summary>A JSON object of ids, names and counts.</summary>
    [Id(3)] public required string Data { get; init; }
}

/// <summary>An address that hears of events, as it was made. It does not change: make another one.</summary>
[GenerateSerializer, Immutable, Alias("octomil.webhook")]
public sealed record Webhook
{
    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required string Url { get; init; }
    [Id(2)] public ImmutableArray<string> Events { get; init; } = [];
    [Id(3)] public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A webhook and how it is doing.</summary>
[GenerateSerializer, Immutable, Alias("octomil.webhook-snapshot")]
public sealed record WebhookSnapshot
{
    [Id(0)] public required Webhook Webhook { get; init; }

    /// <summary>Events that are still to be delivered.</summary>
    [Id(1)] public required int Pending { get; init; }
    [Id(2)] public DateTimeOffset? LastDeliveredAt { get; init; }

    /// <summary>The first failure after which nothing was delivered; null: the last attempt succeeded, or there was none.</summary>
    [Id(3)] public DateTimeOffset? FailingSince { get; init; }

    /// <summary>From then on it hears nothing, until a test of it succeeds.</summary>
    [Id(4)] public DateTimeOffset? DisabledAt { get; init; }
    [Id(5)] public string? DisabledReason { get; init; }
}

/// <summary>Where an event is on its way to a webhook.</summary>
public enum WebhookDeliveryStatus
{
    None = 0,
    Pending = 1,
    Delivered = 2,

    /// <summary>It was tried for as long as the service tries, or cannot be tried any more.</summary>
    GivenUp = 3,
}

/// <summary>One event on its way to one webhook.</summary>
[GenerateSerializer, Immutable, Alias("octomil.webhook-delivery")]
public sealed record WebhookDelivery
{
    /// <summary>Its data are empty when it is over.</summary>
    [Id(0)] public required WebhookEvent Event { get; init; }
    [Id(1)] public required WebhookDeliveryStatus Status { get; init; }
    [Id(2)] public int Attempts { get; init; }
    [Id(3)] public DateTimeOffset? LastAttemptAt { get; init; }

    /// <summary>Null when it is over.</summary>
    [Id(4)] public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>What came of the last attempt.</summary>
    [Id(5)] public WebhookAttempt? LastAttempt { get; init; }
}

/// <summary>What came of sending an event once.</summary>
[GenerateSerializer, Immutable, Alias("octomil.webhook-attempt")]
public sealed record WebhookAttempt
{
    private const int Gone = 410;

    /// <summary>Null: there was no answer.</summary>
    [Id(0)] public int? StatusCode { get; init; }

    /// <summary>Why there was none.</summary>
    [Id(1)] public string? Error { get; init; }

    public bool IsAccepted => StatusCode is >= 200 and < 300;

    /// <summary>The receiver says that it will never again be there.</summary>
    public bool IsGone => StatusCode == Gone;
}

/// <summary>What became of the wish for a webhook.</summary>
public enum CreateWebhookDecision
{
    None = 0,
    Created = 1,

    /// <summary>The URL is none that the service sends to; the reason says why.</summary>
    InvalidUrl = 2,
    TooMany = 3,

    /// <summary>A webhook has the URL already.</summary>
    UrlTaken = 4,
}

/// <summary>The answer to it.</summary>
[GenerateSerializer, Immutable, Alias("octomil.create-webhook-result")]
public sealed record CreateWebhookResult
{
    [Id(0)] public required CreateWebhookDecision Decision { get; init; }

    /// <summary>The new one, or the one that has the URL.</summary>
    [Id(1)] public Webhook? Webhook { get; init; }

    /// <summary>What its messages are signed with; in this answer only.</summary>
    [Id(2)] public string? Secret { get; init; }
    [Id(3)] public string? Reason { get; init; }
}
