using System.CommandLine;

namespace Octomil.Webhooks;

internal static class WebhookCommand
{
    public static Command Create(CommandHost host) => new Command("webhook", "Tell your own systems what happens")
        .With(CreateWebhook(host), List(host), Show(host), Delete(host), Test(host), Deliveries(host));

    private static Command CreateWebhook(CommandHost host)
    {
        var url = Inputs.Title("URL", "Where events are sent to, https://...");
        var events = Inputs.Many("--event", "Which events; may be repeated (default: all)", "EVENT");
        return new Command("create", "Make a webhook; its secret is shown once").With(url, events).Runs(host, async (parse, context, cancellationToken) =>
        {
            var request = new CreateWebhookRequest { Url = parse.GetRequiredValue(url), Events = parse.GetValue(events) ?? [] };
            var answer = await context.Api.PostAsync<WebhookResponse>("webhooks", request, cancellationToken);
            context.Show(answer, webhook =>
            {
                context.Data($"Webhook: {Printable.Text(webhook.Url)} ({Printable.Text(webhook.Id)})");
                context.Data($"Secret: {Printable.Text(webhook.Secret ?? "")}");
                context.Data($"Events: {Events(webhook, ", ")}");
            });
            context.Note("The secret is shown this once: messages are signed with it.");
        });
    }

    private static Command List(CommandHost host) => new Command("list", "List the webhooks").Runs(host, async (_, context, cancellationToken) =>
    {
        var answer = await context.Api.GetAsync<WebhookList>("webhooks", cancellationToken);
        context.Show(answer, list =>
        {
            var table = TextTable.WithHeader("ID", "URL", "STATUS", "PENDING", "LAST DELIVERED", "EVENTS");
            foreach (var webhook in list.Webhooks)
            {
                table.Add(
                    webhook.Id, webhook.Url, webhook.Status, Printable.Number(webhook.Pending, "0"), Printable.Time(webhook.LastDeliveredAt), Events(webhook, ","));
            }

            context.Data(table.Lines());
        });
    });

    private static Command Show(CommandHost host) => One("show", "Show one webhook", host, async (id, context, cancellationToken) =>
    {
        var answer = await context.Api.GetAsync<WebhookResponse>(ApiClient.Path($"webhooks/{id}"), cancellationToken);
        context.Show(answer, webhook =>
        {
            context.Data($"Webhook: {Printable.Text(webhook.Url)} ({Printable.Text(webhook.Id)})");
            context.Data($"Events: {Events(webhook, ", ")}");
            context.Data($"Status: {Printable.Text(webhook.Status)}    Pending: {Printable.Number(webhook.Pending, "0")}");
            context.Data($"Created: {Printable.Time(webhook.CreatedAt)}    Last delivered: {Printable.Time(webhook.LastDeliveredAt)}");
            if (webhook.FailingSince is not null)
            {
                context.Data($"Failing since: {Printable.Time(webhook.FailingSince)}");
            }

            if (webhook.DisabledAt is not null)
            {
                context.Data($"Disabled: {Printable.Time(webhook.DisabledAt)} ({Printable.Text(webhook.DisabledReason ?? "")})");
            }
        });
        return ExitCodes.Ok;
    });

    private static Command Delete(CommandHost host) => One("delete", "Take a webhook away, with what it had still to deliver", host, async (id, context, cancellationToken) =>
    {
        var answer = await context.Api.SendAsync<WebhookResponse>(HttpMethod.Delete, ApiClient.Path($"webhooks/{id}"), null, cancellationToken);
        context.Show(answer, webhook => context.Data($"Deleted {Printable.Text(webhook.Id)}."));
        return ExitCodes.Ok;
    });

    private static Command Test(CommandHost host) => One("test", "Send a test event; one that is accepted enables a disabled webhook", host, async (id, context, cancellationToken) =>
    {
        var answer = await context.Api.PostAsync<WebhookTestResponse>(ApiClient.Path($"webhooks/{id}/test"), new { }, cancellationToken);
        context.Show(answer, test => context.Data(
            $"{(test.Delivered ? "Delivered" : "Not delivered")}: {test.EventId}, {Outcome(test.StatusCode, test.Error)}"));
        return answer.Value.Delivered ? ExitCodes.Ok : ExitCodes.Refused;
    });

    private static Command Deliveries(CommandHost host) => One("deliveries", "List the last events and what became of them", host, async (id, context, cancellationToken) =>
    {
        var answer = await context.Api.GetAsync<WebhookDeliveryList>(ApiClient.Path($"webhooks/{id}/deliveries"), cancellationToken);
        context.Show(answer, list =>
        {
            var table = TextTable.WithHeader("EVENT", "TYPE", "RAISED", "STATUS", "ATTEMPTS", "NEXT ATTEMPT", "LAST ANSWER");
            foreach (var delivery in list.Deliveries)
            {
                table.Add(
                    delivery.EventId, delivery.Type, Printable.Time(delivery.RaisedAt), delivery.Status, Printable.Number(delivery.Attempts, "0"),
                    Printable.Time(delivery.NextAttemptAt), delivery.Attempts == 0 ? "-" : Outcome(delivery.StatusCode, delivery.Error));
            }

            context.Data(table.Lines());
        });
        return ExitCodes.Ok;
    });

    private static Command One(string name, string description, CommandHost host, Func<string, CommandContext, CancellationToken, Task<int>> work)
    {
        var id = Inputs.Name("ID", "The webhook's id, from `octomil webhook list`");
        return new Command(name, description).With(id).RunsTo(
            host, (parse, context, cancellationToken) => work(parse.GetRequiredValue(id), context, cancellationToken));
    }

    private static string Outcome(int? statusCode, string? error) => statusCode is { } status ? $"HTTP {Printable.Number(status, "0")}" : Printable.Text(error ?? "-");

    private static string Events(WebhookResponse webhook, string separator) => string.Join(separator, webhook.Events.Select(Printable.Text));
}
