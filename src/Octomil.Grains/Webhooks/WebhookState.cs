using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Octomil.Webhooks;

/// <summary>A webhook and the events on their way to it. Bounded: whatever the receiver does, the row stays small.</summary>
[GenerateSerializer, Immutable, Alias("octomil.webhook-state")]
internal sealed record WebhookState
{
    /// <summary>Events that wait; one more, and the oldest is given up.</summary>
    public const int MostPending = 100;

    /// <summary>Deliveries that are over and still shown.</summary>
    public const int MostOver = 50;

    // Ids by which an event is known again. Whoever raises one repeats it until it is answered, so long before so many others came.
    private const int MostKnown = 500;
    private const double PauseGrowth = 3;

    [Id(0)] public Webhook? Webhook { get; init; }
    [Id(1)] public string SealedSecret { get; init; } = "";

    /// <summary>Oldest first.</summary>
    [Id(2)] public ImmutableArray<WebhookDelivery> Deliveries { get; init; } = [];
    [Id(3)] public ImmutableArray<string> Known { get; init; } = [];
    [Id(4)] public DateTimeOffset? LastDeliveredAt { get; init; }
    [Id(5)] public DateTimeOffset? FailingSince { get; init; }
    [Id(6)] public DateTimeOffset? DisabledAt { get; init; }
    [Id(7)] public string? DisabledReason { get; init; }

    public IEnumerable<WebhookDelivery> Pending => Deliveries.Where(delivery => delivery.Status is WebhookDeliveryStatus.Pending);

    /// <summary>What is to be sent next, and when; null: nothing.</summary>
    public WebhookDelivery? Next => Pending.MinBy(delivery => delivery.NextAttemptAt);

    public WebhookSnapshot? ToSnapshot() => Webhook is null ? null : new WebhookSnapshot
    {
        Webhook = Webhook,
        Pending = Pending.Count(),
        LastDeliveredAt = LastDeliveredAt,
        FailingSince = FailingSince,
        DisabledAt = DisabledAt,
        DisabledReason = DisabledReason,
    };

    public WebhookState Create(Webhook webhook, string sealedSecret) => Webhook is null ? this with { Webhook = webhook, SealedSecret = sealedSecret } : this;

    /// <summary>Takes an event that it has not had and wants.</summary>
    public WebhookState Enqueue(WebhookEvent raised, DateTimeOffset now)
    {
        if (DisabledAt is not null || Webhook?.Events.Contains(raised.Type) is not true || Known.Contains(raised.Id))
        {
            return this;
        }

        var waiting = new WebhookDelivery { Event = raised, Status = WebhookDeliveryStatus.Pending, NextAttemptAt = now };
        var taken = this with
        {
            Deliveries = Deliveries.Add(waiting),
            Known = Known.Length < MostKnown ? Known.Add(raised.Id) : Known.RemoveAt(0).Add(raised.Id),
        };
        return taken.Pending.Count() <= MostPending ? taken : taken.With(taken.Pending.First(), Over(taken.Pending.First(), WebhookDeliveryStatus.GivenUp));
    }

    /// <summary>Takes what came of sending an event; of one that is over, or of a webhook that is gone, nothing.</summary>
    public WebhookState Attempted(string eventId, WebhookAttempt attempt, WebhookOptions options, DateTimeOffset now)
    {
        if (Pending.FirstOrDefault(delivery => delivery.Event.Id == eventId) is not { } delivery)
        {
            return this;
        }

        var tried = delivery with { Attempts = delivery.Attempts + 1, LastAttemptAt = now, LastAttempt = attempt };

        if (attempt.IsAccepted)
        {
            return With(delivery, Over(tried, WebhookDeliveryStatus.Delivered)) with { LastDeliveredAt = now, FailingSince = null };
        }

        var next = now + PauseAfter(tried, options);
        var failed = With(delivery, next - tried.Event.At > options.GiveUpAfter ? Over(tried, WebhookDeliveryStatus.GivenUp) : tried with { NextAttemptAt = next })
            with { FailingSince = FailingSince ?? now };
        return attempt.IsGone ? failed.Disable("The receiver answered 410 Gone.", now)
            : now - failed.FailingSince >= options.DisableAfter ? failed.Disable("Nothing could be delivered for too long.", now)
            : failed;
    }

    /// <summary>A test was accepted.</summary>
    public WebhookState Enable() => DisabledAt is null ? this : this with { DisabledAt = null, DisabledReason = null, FailingSince = null };

    // A fifth more or less, so that what failed together does not come again together.
    private TimeSpan PauseAfter(WebhookDelivery delivery, WebhookOptions options)
    {
        var pause = Math.Min(options.FirstPause.TotalSeconds * Math.Pow(PauseGrowth, delivery.Attempts - 1), options.LongestPause.TotalSeconds);
        var name = string.Create(CultureInfo.InvariantCulture, $"{Webhook!.Id}/{delivery.Event.Id}/{delivery.Attempts}");
        var chance = BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name))) / (double)uint.MaxValue;
        return TimeSpan.FromSeconds(pause * (0.8 + (0.4 * chance)));
    }

    private static WebhookDelivery Over(WebhookDelivery delivery, WebhookDeliveryStatus status) =>
        delivery with { Status = status, NextAttemptAt = null, Event = delivery.Event with { Data = "" } };

    private WebhookState Disable(string reason, DateTimeOffset now) => this with
    {
        DisabledAt = now,
        DisabledReason = reason,
        Deliveries =
        [
            .. Deliveries.Select(delivery => delivery.Status is WebhookDeliveryStatus.Pending ? Over(delivery, WebhookDeliveryStatus.GivenUp) : delivery)
                .TakeLast(MostOver),
        ],
    };

    private WebhookState With(WebhookDelivery before, WebhookDelivery after)
    {
        var deliveries = Deliveries.Replace(before, after);
        var over = deliveries.Where(delivery => delivery.Status is not WebhookDeliveryStatus.Pending).ToList();
        return this with { Deliveries = over.Count > MostOver ? deliveries.Remove(over[0]) : deliveries };
    }
}
