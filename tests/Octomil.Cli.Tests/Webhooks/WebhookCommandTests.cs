namespace Octomil.Webhooks;

public sealed class WebhookCommandTests
{
    private static readonly WebhookResponse Hook = new()
    {
        Id = "whk_1", Url = "https://example.org/hook", Events = ["run.finished", "rollout.advanced"], Status = "active", CreatedAt = DateTimeOffset.UnixEpoch,
    };

    [Fact]
    public async Task Create_PrintsTheSecretOnce()
    {
        await using var service = await FakeService.StartAsync();
        service.On("POST /webhooks", Hook with { Secret = "whsec_abc" });
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("webhook", "create", "https://example.org/hook", "--event", "run.finished", "--event", "rollout.advanced")).Expect(0);

        Assert.Equal("Webhook: https://example.org/hook (whk_1)\nSecret: whsec_abc\nEvents: run.finished, rollout.advanced\n", ended.Out);
        Assert.Contains("shown this once", ended.Error, StringComparison.Ordinal);
        Assert.Equal("""{"url":"https://example.org/hook","events":["run.finished","rollout.advanced"]}""", service.Requests.Single().Body);
    }

    [Fact]
    public async Task List_AndShow_SayHowItIsDoing()
    {
        await using var service = await FakeService.StartAsync();
        var failing = Hook with { Status = "disabled", Pending = 0, FailingSince = DateTimeOffset.UnixEpoch, DisabledAt = DateTimeOffset.UnixEpoch.AddDays(3), DisabledReason = "No answer." };
        service.On("GET /webhooks", new WebhookList { Webhooks = [Hook with { Pending = 2 }] }).On("GET /webhooks/whk_1", failing);
        using var octomil = CommandLine.For(service);

        var listed = (await octomil.RunAsync("webhook", "list")).Expect(0);
        var shown = (await octomil.RunAsync("webhook", "show", "whk_1")).Expect(0);

        Assert.Equal(
            """
            ID     URL                       STATUS  PENDING  LAST DELIVERED  EVENTS
            whk_1  https://example.org/hook  active  2        -               run.finished,rollout.advanced

            """,
            listed.Out);
        Assert.Equal(
            """
            Webhook: https://example.org/hook (whk_1)
            Events: run.finished, rollout.advanced
            Status: disabled    Pending: 0
            Created: 1970-01-01 00:00:00Z    Last delivered: -
            Failing since: 1970-01-01 00:00:00Z
            Disabled: 1970-01-04 00:00:00Z (No answer.)

            """,
            shown.Out);
    }

    [Theory]
    [InlineData(true, 204, null, 0, "Delivered: evt_1, HTTP 204\n")]
    [InlineData(false, 500, null, 1, "Not delivered: evt_1, HTTP 500\n")]
    [InlineData(false, null, "No answer within 10 s.", 1, "Not delivered: evt_1, No answer within 10 s.\n")]
    public async Task Test_EndsAsTheReceiverAnswered(bool delivered, int? status, string? error, int exitCode, string printed)
    {
        await using var service = await FakeService.StartAsync();
        service.On("POST /webhooks/whk_1/test", new WebhookTestResponse { EventId = "evt_1", Delivered = delivered, StatusCode = status, Error = error });
        using var octomil = CommandLine.For(service);

        Assert.Equal(printed, (await octomil.RunAsync("webhook", "test", "whk_1")).Expect(exitCode).Out);
    }

    [Fact]
    public async Task Deliveries_AreListed_AndDeleteDeletes()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /webhooks/whk_1/deliveries", new WebhookDeliveryList
        {
            Deliveries =
            [
                new WebhookDeliveryResponse
                {
                    EventId = "evt_2", Type = "run.finished", RaisedAt = DateTimeOffset.UnixEpoch, Status = "pending", Attempts = 3,
                    NextAttemptAt = DateTimeOffset.UnixEpoch.AddHours(1), StatusCode = 503,
                },
                new WebhookDeliveryResponse { EventId = "evt_1", Type = "run.finished", RaisedAt = DateTimeOffset.UnixEpoch, Status = "pending" },
            ],
        }).On("DELETE /webhooks/whk_1", Hook with { Status = "deleted" });
        using var octomil = CommandLine.For(service);

        Assert.Equal(
            """
            EVENT  TYPE          RAISED                STATUS   ATTEMPTS  NEXT ATTEMPT          LAST ANSWER
            evt_2  run.finished  1970-01-01 00:00:00Z  pending  3         1970-01-01 01:00:00Z  HTTP 503
            evt_1  run.finished  1970-01-01 00:00:00Z  pending  0         -                     -

            """,
            (await octomil.RunAsync("webhook", "deliveries", "whk_1")).Expect(0).Out);
        Assert.Equal("Deleted whk_1.\n", (await octomil.RunAsync("webhook", "delete", "whk_1")).Expect(0).Out);
    }
}
