using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Octomil.Organizations;

internal static class AuditCommand
{
    private const int Page = 1000;

    public static Command Create(CommandHost host)
    {
        var since = Inputs.Duration("--since", "Only what happened in this time, such as 24h");
        var limit = Inputs.Whole("--limit", "At most so many entries, the newest (default: 100)", least: 1);
        return new Command("audit", "Who changed what, when and from where; newest first").With(since, limit).Runs(
            host, (parse, context, cancellationToken) => ShowAsync(context, parse.GetValue(since), parse.GetValue(limit) ?? 100, cancellationToken));
    }

    private static async Task ShowAsync(CommandContext context, TimeSpan? since, int limit, CancellationToken cancellationToken)
    {
        var from = context.Environment.Time.GetUtcNow() - since;
        var entries = new List<AuditEntryResponse>();
        AuditList page;
        string? cursor = null;
        do
        {
            var query = string.Create(CultureInfo.InvariantCulture, $"audit?limit={Math.Min(limit - entries.Count, Page)}")
                + (from is { } time ? ApiClient.Path($"&since={time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)}") : "")
                + (cursor is null ? "" : ApiClient.Path($"&cursor={cursor}"));
            page = (await context.Api.GetAsync<AuditList>(query, cancellationToken)).Value;
            entries.AddRange(page.Entries);
            cursor = page.NextCursor;
        }
        while (cursor is not null && entries.Count < limit);

        var all = new AuditList { Entries = entries, NextCursor = cursor };
        context.Show(new ApiAnswer<AuditList>(all, JsonSerializer.Serialize(all, ContractJson.Options)), list => Print(context, list));
    }

    private static void Print(CommandContext context, AuditList list)
    {
        var table = TextTable.WithHeader("WHEN", "WHO", "WHAT", "SUBJECT", "OUTCOME", "FROM");
        foreach (var entry in list.Entries)
        {
            var who = entry.ActorName is null ? entry.Actor : $"{entry.ActorName} ({entry.Actor})";
            var outcome = entry.Detail is null ? entry.Outcome : $"{entry.Outcome} ({entry.Detail})";
            table.Add(Printable.Time(entry.At), who, entry.Action, entry.Subject, outcome, entry.Address);
        }

        context.Data(table.Lines());
        if (list.NextCursor is not null)
        {
            context.Note("There are older entries: ask for more with --limit.");
        }
    }
}
