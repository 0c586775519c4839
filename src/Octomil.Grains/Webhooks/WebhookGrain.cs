using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Octomil.Organizations;

namespace Octomil.Webhooks;

/// <remarks>
/// The row is the outbox. Sending happens beside the turns, one message at a time, and reports by a call of its own; a crash in between sends
/// the event again. While something waits, a reminder and the list of busy webhooks see to it that somebody goes on.
/// </remarks>
internal sealed partial class WebhookGrain(
    [PersistentState("webhook", StorageNames.Grains)] IPersistentState<WebhookState> store,
    IGrainFactory grains, WebhookSender sender, IAuditLog audit, IOptions<WebhookOptions> options, TimeProvider clock,
    ILogger<WebhookGrain> logger) : Grain, IWebhookGrain, IRemindable
{
    private const string ReminderName = "deliver";

    private static readonly TimeSpan ReminderPeriod = TimeSpan.FromMinutes(1);

    private IGrainTimer? _timer;
    private bool _isSending;

    private string Key => this.GetPrimaryKeyString();

    private string OrganizationId => Key[..Key.IndexOf('/', StringComparison.Ordinal)];

    private WebhookState State => store.State;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        GoOn();
        return Task.CompletedTask;
    }

    public Task CreateAsync(Webhook webhook, string sealedSecret) => store.SaveAsync(State.Create(webhook, sealedSecret), this);

    public async Task<bool> DeleteAsync()
    {
        if (State.Webhook is null)
        {
            return false;
        }

        await store.SaveAsync(new WebhookState(), this);
        await RestAsync();
        return true;
    }

    public Task<WebhookSnapshot?> GetAsync() => Task.FromResult(State.ToSnapshot());

    public Task<ImmutableArray<WebhookDelivery>?> GetDeliveriesAsync() =>
        Task.FromResult<ImmutableArray<WebhookDelivery>?>(State.Webhook is null ? null : [.. State.Deliveries.Reverse()]);

    public async Task<WebhookAttempt?> TestAsync(string eventId)
    {
        if (State is not { Webhook: { } webhook } state)
        {
            return null;
        }

        var attempt = await sender.SendAsync(webhook, state.SealedSecret, WebhookEvents.Test(eventId, OrganizationId, webhook.Id, clock.GetUtcNow()));

        if (attempt.IsAccepted && State.DisabledAt is not null)
        {
            await this.AsReference<IWebhookGrain>().TestedAsync();
        }

        return attempt;
    }

    public Task TestedAsync() => store.SaveIfExistsAsync(State.Enable(), this);

    public async Task EnqueueAsync(WebhookEvent raised)
    {
        var next = State.Enqueue(raised, clock.GetUtcNow());

        if (ReferenceEquals(next, State))
        {
            return;
        }

        if (State.Next is null)
        {
            // Before the save: what is saved must be found again.
            await this.RegisterOrUpdateReminder(ReminderName, ReminderPeriod, ReminderPeriod);
            await grains.GetBusyWebhooks().AddAsync(Key);
        }

        await store.SaveAsync(next, this);
        GoOn();
    }

    public async Task AttemptedAsync(string eventId, WebhookAttempt attempt)
    {
        _isSending = false;
        var (before, next) = (State, State.Attempted(eventId, attempt, options.Value, clock.GetUtcNow()));
        await store.SaveIfChangedAsync(next, this);
        LogAttempted(logger, Key, eventId, attempt.StatusCode, State.Pending.Count());

        if (before.DisabledAt is null && State is { DisabledAt: { } at, DisabledReason: var reason })
        {
            LogDisabled(logger, Key, reason);
            await audit.AppendAsync(AuditEntry.ByService(OrganizationId, "webhook.disable", State.Webhook!.Id, at) with { Detail = reason }, CancellationToken.None);
        }

        if (State.Next is null)
        {
            await RestAsync();
        }

        GoOn();
    }

    public Task WakeAsync() => WakeUpAsync();

    public Task ReceiveReminder(string reminderName, TickStatus status) => WakeUpAsync();

    private async Task WakeUpAsync()
    {
        if (State.Next is null)
        {
            // A crash came before the event was saved, or after it was delivered.
            await RestAsync();
        }

        GoOn();
    }

    private async Task RestAsync()
    {
        if (await this.GetReminder(ReminderName) is { } reminder)
        {
            await this.UnregisterReminder(reminder);
        }

        await grains.GetBusyWebhooks().RemoveAsync(Key);
    }

    private void GoOn()
    {
        _timer?.Dispose();
        _timer = null;

        if (!_isSending && State.Next is { } next)
        {
            var wait = next.NextAttemptAt!.Value - clock.GetUtcNow();
            _timer = this.RegisterGrainTimer(Send, new GrainTimerCreationOptions(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan));
        }
    }

    private Task Send()
    {
        if (!_isSending && State.Next is { } next)
        {
            _isSending = true;
            _ = SendAsync(State.Webhook!, State.SealedSecret, next.Event);
        }

        return Task.CompletedTask;
    }

    private async Task SendAsync(Webhook webhook, string sealedSecret, WebhookEvent raised)
    {
        try
        {
            await this.AsReference<IWebhookGrain>().AttemptedAsync(raised.Id, await sender.SendAsync(webhook, sealedSecret, raised));
        }
        catch (Exception exception)
        {
            // What came of it could not be saved: the next activation sends the event again.
            LogLost(logger, exception, Key, raised.Id);
            DeactivateOnIdle();
        }
    }
}
