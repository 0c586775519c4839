using Xunit;

namespace Octomil.Webhooks;

public sealed class WebhookStateTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly WebhookOptions Options = new();
    private static readonly WebhookAttempt Accepted = new() { StatusCode = 204 };
    private static readonly WebhookAttempt Refused = new() { StatusCode = 500 };

    private static readonly WebhookState Empty = new WebhookState().Create(
        new Webhook { Id = "whk_1", Url = "https://example.org", Events = [WebhookEventTypes.RunFinished], CreatedAt = Noon }, "sealed");

    [Fact]
    public void Enqueue_OfTheSameEventAgain_ChangesNothing()
    {
        var once = Empty.Enqueue(Event("evt_1"), Noon);
        var delivered = once.Attempted("evt_1", Accepted, Options, Noon);

        Assert.Same(once, once.Enqueue(Event("evt_1"), Noon.AddHours(1)));
        Assert.Same(delivered, delivered.Enqueue(Event("evt_1"), Noon.AddHours(1)));
    }

    [Fact]
    public void Enqueue_OfAnEventThatNobodyAskedFor_ChangesNothing() =>
        Assert.Same(Empty, Empty.Enqueue(Event("evt_1") with { Type = WebhookEventTypes.RolloutAdvanced }, Noon));

    [Fact]
    public void Enqueue_OfMoreThanMayWait_GivesUpTheOldest()
    {
        var state = Empty;
        for (var number = 0; number <= WebhookState.MostPending; number++)
        {
            state = state.Enqueue(Event($"evt_{number}"), Noon);
        }

        Assert.Equal(WebhookState.MostPending, state.Pending.Count());
        Assert.Equal(("evt_0", WebhookDeliveryStatus.GivenUp), (state.Deliveries[0].Event.Id, state.Deliveries[0].Status));
    }

    [Fact]
    public void Attempted_WithAnAnswerThatAccepts_IsDeliveredAndKeepsNoData()
    {
        var state = Empty.Enqueue(Event("evt_1"), Noon).Attempted("evt_1", Refused, Options, Noon).Attempted("evt_1", Accepted, Options, Noon.AddMinutes(1));

        var delivery = Assert.Single(state.Deliveries);
        Assert.Equal((WebhookDeliveryStatus.Delivered, 2, "", (DateTimeOffset?)null), (delivery.Status, delivery.Attempts, delivery.Event.Data, delivery.NextAttemptAt));
        Assert.Equal((Noon.AddMinutes(1), (DateTimeOffset?)null), (state.LastDeliveredAt, state.FailingSince));
        Assert.Same(state, state.Attempted("evt_1", Refused, Options, Noon.AddMinutes(2)));
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(299, true)]
    [InlineData(302, false)]
    [InlineData(404, false)]
    [InlineData(null, false)]
    public void Attempted_WithAStatus_IsAcceptedFrom200To299(int? status, bool isAccepted) => Assert.Equal(
        isAccepted ? WebhookDeliveryStatus.Delivered : WebhookDeliveryStatus.Pending,
        Empty.Enqueue(Event("evt_1"), Noon).Attempted("evt_1", new WebhookAttempt { StatusCode = status }, Options, Noon).Deliveries[0].Status);

    [Fact]
    public void Attempted_WithoutSuccess_WaitsLongerEachTimeAndGivesUpAfterADay()
    {
        var (state, now, pauses) = (Empty.Enqueue(Event("evt_1"), Noon), Noon, new List<TimeSpan>());
        while (state.Next is not null)
        {
            state = state.Attempted("evt_1", Refused, Options, now);
            if (state.Next?.NextAttemptAt is { } next)
            {
                pauses.Add(next - now);
                now = next;
            }
        }

        Assert.Equal(WebhookDeliveryStatus.GivenUp, Assert.Single(state.Deliveries).Status);
        Assert.InRange(now - Noon, TimeSpan.FromHours(16), TimeSpan.FromHours(24));
        Assert.InRange(pauses[0], 0.8 * Options.FirstPause, 1.2 * Options.FirstPause);
        Assert.InRange(pauses[1], 2.4 * Options.FirstPause, 3.6 * Options.FirstPause);
        Assert.All(pauses, pause => Assert.True(pause <= 1.2 * Options.LongestPause));
        Assert.InRange(pauses.Count, 8, 16);
    }

    [Fact]
    public void Attempted_OfEventsThatFailTogether_AreNotTriedTogetherAgain()
    {
        var state = Empty;
        foreach (var id in (string[])["evt_1", "evt_2", "evt_3"])
        {
            state = state.Enqueue(Event(id), Noon).Attempted(id, Refused, Options, Noon);
        }

        Assert.Equal(3, state.Pending.Select(delivery => delivery.NextAttemptAt).Distinct().Count());
    }

    [Fact]
    public void Attempted_OfAReceiverThatIsGone_Disables()
    {
        var state = Empty.Enqueue(Event("evt_1"), Noon).Enqueue(Event("evt_2"), Noon).Attempted("evt_1", new WebhookAttempt { StatusCode = 410 }, Options, Noon);

        Assert.Equal(Noon, state.DisabledAt);
        Assert.All(state.Deliveries, delivery => Assert.Equal(WebhookDeliveryStatus.GivenUp, delivery.Status));
        Assert.Same(state, state.Enqueue(Event("evt_3"), Noon));
        Assert.NotSame(state.Enable(), state.Enable().Enqueue(Event("evt_3"), Noon));
    }

    [Fact]
    public void Attempted_WithoutSuccessForDays_Disables()
    {
        var state = Empty;
        for (var day = 0; day < 3; day++)
        {
            state = state.Enqueue(Event($"evt_{day}"), Noon.AddDays(day)).Attempted($"evt_{day}", Refused, Options, Noon.AddDays(day));
            Assert.Null(state.DisabledAt);
        }

        state = state.Enqueue(Event("evt_3"), Noon.AddDays(3)).Attempted("evt_3", Refused, Options, Noon.AddDays(3));

        Assert.Equal(Noon.AddDays(3), state.DisabledAt);
    }

    [Fact]
    public void Deliveries_WhateverComes_AreBounded()
    {
        var state = Empty;
        for (var number = 0; number < 1000; number++)
        {
            state = state.Enqueue(Event($"evt_{number}"), Noon).Attempted($"evt_{number}", Accepted, Options, Noon);
        }

        Assert.Equal(WebhookState.MostOver, state.Deliveries.Length);
        Assert.Equal(500, state.Known.Length);
    }

    private static WebhookEvent Event(string id) => new() { Id = id, Type = WebhookEventTypes.RunFinished, At = Noon, Data = "{}" };
}
