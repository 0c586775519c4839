using System.CommandLine;
using System.Text.Json;

namespace Octomil.Federations;

/// <summary>Memberships that end, rest or go on, and models that are taken back.</summary>
internal static partial class FederationCommand
{
    private static Command Leave(CommandHost host)
    {
        var name = Name();
        return new Command("leave", "Leave a federation; updates in open rounds do not count").With(name).Runs(host, async (parse, context, cancellationToken) =>
        {
            var federation = parse.GetRequiredValue(name);
            var answer = await context.Api.PostAsync<MembershipResponse>(ApiClient.Path($"federations/{federation}/leave"), new { }, cancellationToken);
            context.Show(answer, left =>
            {
                context.Data($"Membership in {Printable.Text(federation)}: {Printable.Text(left.Status)}");
                NoteSealing(context, [left]);
            });
        });
    }

    private static Command Change(CommandHost host, string change, string description)
    {
        var name = Name();
        var organizations = Inputs.Many("--org", "The organization's id; may be repeated", "ORG");
        organizations.Required = true;
        return new Command(change, description).With(name, organizations).Runs(host, async (parse, context, cancellationToken) =>
        {
            var request = new ChangeMembersRequest { OrgIds = parse.GetRequiredValue(organizations) };
            var path = ApiClient.Path($"federations/{parse.GetRequiredValue(name)}/{change}");
            var answer = await context.Api.PostAsync<IReadOnlyList<MembershipResponse>>(path, request, cancellationToken);
            context.Show(answer, memberships =>
            {
                var table = TextTable.WithoutHeader(false, false);
                foreach (var membership in memberships)
                {
                    table.Add(membership.OrgId, membership.Status);
                }

                context.Data(table.Lines());
                NoteSealing(context, memberships);
            });
        });
    }

    private static Command Unshare(CommandHost host)
    {
        var model = Inputs.Name("MODEL", "The model's name or id");
        var federation = Inputs.NameOption("--federation", "The federation to take it back from", required: true);
        return new Command("unshare", "Take a model back from a federation").With(model, federation).Runs(host, async (parse, context, cancellationToken) =>
        {
            var (shared, with) = (parse.GetRequiredValue(model), parse.GetRequiredValue(federation)!);
            var answer = await context.Api.SendAsync<JsonElement>(
                HttpMethod.Delete, ApiClient.Path($"federations/{with}/models/{shared}"), content: null, cancellationToken);
            context.Show(answer, _ => context.Data($"{Printable.Text(shared)} is not shared with {Printable.Text(with)} any more."));
        });
    }

    private static void NoteSealing(CommandContext context, IReadOnlyList<MembershipResponse> memberships)
    {
        var rounds = memberships.SelectMany(membership => membership.SealingRounds ?? []).Distinct().Select(Printable.Text).ToList();
        if (rounds.Count > 0)
        {
            context.Note($"{string.Join(", ", rounds)} was being sealed with their updates, which count there. From the next round on they do not.");
        }
    }
}
