using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Organizations;

namespace Octomil.Webhooks;

/// <summary>The webhooks of the caller's organization.</summary>
internal static class WebhookEndpoints
{
    private const int EventIdDigits = 32;

    public static void MapWebhooks(this IEndpointRouteBuilder api)
    {
        var webhooks = api.MapGroup("/webhooks").WithTags("Webhooks");
        webhooks.MapPost("", CreateAsync).RequireScope(Scopes.AdminWrite)
            .WithSummary("Makes a webhook. What its messages are signed with, secret, is in this answer only.");
        webhooks.MapGet("", ListAsync).RequireScope(Scopes.AdminRead)
            .WithSummary("The organization's webhooks and how they are doing.");
        webhooks.MapGet("/{webhook}", GetAsync).RequireScope(Scopes.AdminRead)
            .WithSummary("One webhook.");
        webhooks.MapDelete("/{webhook}", DeleteAsync).RequireScope(Scopes.AdminWrite)
            .WithSummary("Takes a webhook away, with what it had still to deliver.");
        webhooks.MapPost("/{webhook}/test", TestAsync).RequireScope(Scopes.AdminWrite)
            .WithSummary("Sends an event webhook.test once and says what the receiver answered; one that is accepted enables a disabled webhook.");
        webhooks.MapGet("/{webhook}/deliveries", ListDeliveriesAsync).RequireScope(Scopes.AdminRead)
            .WithSummary("The last events of a webhook and what became of them, the newest first.");
    }

    private static async Task<Results<Ok<WebhookResponse>, Refusal>> CreateAsync(CreateWebhookRequest request, Caller caller, IGrainFactory grains)
    {
        var events = request.Events.Count == 0 ? WebhookEventTypes.All : [.. request.Events.Distinct(StringComparer.Ordinal)];
        var checks = new FieldChecks().Require(
            events.All(WebhookEventTypes.All.Contains), "events", $"must be of {string.Join(", ", WebhookEventTypes.All)}");
        if (checks.Refusal is { } invalid)
        {
            return invalid;
        }

        var created = await grains.GetWebhooks(caller.OrganizationId).CreateAsync(request.Url, events);
        return created.Decision switch
        {
            CreateWebhookDecision.Created => TypedResults.Ok(WebhookMessages.Of(created.Webhook!) with { Secret = created.Secret }),
            CreateWebhookDecision.InvalidUrl => new FieldChecks().Require(false, "url", created.Reason!).Refusal!,
            CreateWebhookDecision.TooMany => Refusal.Conflict(
                ErrorCodes.LimitReached, "The organization has as many webhooks as it may have. Delete one first."),
            CreateWebhookDecision.UrlTaken => Refusal.Conflict(
                ErrorCodes.WebhookExists,
                $"Webhook {created.Webhook!.Id} has that URL already. Its secret was shown when it was made; to get a new one, delete it first."),
            _ => throw new InvalidOperationException($"No HTTP answer for {created.Decision}."),
        };
    }

    private static async Task<Ok<WebhookList>> ListAsync(Caller caller, IGrainFactory grains)
    {
        var webhooks = await grains.GetWebhooks(caller.OrganizationId).ListAsync();
        var snapshots = await FanOut.ReadAsync(webhooks, webhook => grains.GetWebhook(caller.OrganizationId, webhook.Id).GetAsync());
        return TypedResults.Ok(new WebhookList { Webhooks = [.. snapshots.Select(WebhookMessages.Of)] });
    }

    private static async Task<Results<Ok<WebhookResponse>, Refusal>> GetAsync(string webhook, Caller caller, IGrainFactory grains) =>
        await grains.GetWebhook(caller.OrganizationId, webhook).GetAsync() is { } found
            ? TypedResults.Ok(WebhookMessages.Of(found))
            : NotFound(webhook);

    private static async Task<Results<Ok<WebhookResponse>, Refusal>> DeleteAsync(string webhook, Caller caller, IGrainFactory grains)
    {
        var found = await grains.GetWebhook(caller.OrganizationId, webhook).GetAsync();
        return await grains.GetWebhooks(caller.OrganizationId).DeleteAsync(webhook) && found is not null
            ? TypedResults.Ok(WebhookMessages.Of(found) with { Status = "deleted", Pending = 0 })
            : NotFound(webhook);
    }

    private static async Task<Results<Ok<WebhookTestResponse>, Refusal>> TestAsync(string webhook, Caller caller, IGrainFactory grains, IIdSource ids)
    {
        var eventId = ids.NewId("evt_", EventIdDigits);
        return await grains.GetWebhook(caller.OrganizationId, webhook).TestAsync(eventId) is { } attempt
            ? TypedResults.Ok(WebhookMessages.Of(eventId, attempt))
            : NotFound(webhook);
    }

    private static async Task<Results<Ok<WebhookDeliveryList>, Refusal>> ListDeliveriesAsync(string webhook, Caller caller, IGrainFactory grains) =>
        await grains.GetWebhook(caller.OrganizationId, webhook).GetDeliveriesAsync() is { } deliveries
            ? TypedResults.Ok(new WebhookDeliveryList { Deliveries = [.. deliveries.Select(WebhookMessages.Of)] })
            : NotFound(webhook);

    private static Refusal NotFound(string webhook) => Refusal.NotFound("webhook", webhook);
}
