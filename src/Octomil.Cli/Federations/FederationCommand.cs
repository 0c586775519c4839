using System.CommandLine;

namespace Octomil.Federations;

internal static partial class FederationCommand
{
    public static Command Create(CommandHost host) =>
        new Command("federation", "Organizations that train models together")
            .With(
                CreateFederation(host), Invite(host), Join(host), Leave(host), List(host), Show(host), Members(host),
                Change(host, "remove", "End memberships, or take invitations back"),
                Change(host, "suspend", "Suspend members; their updates in open rounds do not count"),
                Change(host, "reinstate", "Let suspended members take part again, from the next round on"),
                Share(host), Unshare(host));

    private static Command CreateFederation(CommandHost host)
    {
        var name = Inputs.Name("NAME", "The federation's name");
        var description = Inputs.Text("--description", "What it trains for");
        return new Command("create", "Create a federation; your organization owns it").With(name, description).Runs(host, async (parse, context, cancellationToken) =>
        {
            var request = new CreateFederationRequest { Name = parse.GetRequiredValue(name), Description = parse.GetValue(description) };
            var answer = await context.Api.PostAsync<FederationResponse>("federations", request, cancellationToken);
            context.Show(answer, federation => context.Data($"Federation: {Printable.Text(federation.Name)} ({federation.Id})"));
        });
    }

    private static Command Invite(CommandHost host)
    {
        var name = Name();
        var organizations = Inputs.Many("--org", "The organization's id; may be repeated", "ORG");
        organizations.Required = true;
        return new Command("invite", "Invite organizations").With(name, organizations).Runs(host, async (parse, context, cancellationToken) =>
        {
            var request = new InviteRequest { OrgIds = parse.GetRequiredValue(organizations) };
            var path = ApiClient.Path($"federations/{parse.GetRequiredValue(name)}/invite");
            var answer = await context.Api.PostAsync<IReadOnlyList<InviteResponse>>(path, request, cancellationToken);
            context.Show(answer, invitations =>
            {
                var table = TextTable.WithoutHeader(false, false);
                foreach (var invitation in invitations)
                {
                    table.Add(invitation.OrgId, invitation.Status);
                }

                context.Data(table.Lines());
            });
        });
    }

    private static Command Join(CommandHost host)
    {
        var name = Name();
        return new Command("join", "Accept an invitation").With(name).Runs(host, async (parse, context, cancellationToken) =>
        {
            var federation = parse.GetRequiredValue(name);
            var answer = await context.Api.PostAsync<JoinResponse>(ApiClient.Path($"federations/{federation}/join"), new JoinRequest(), cancellationToken);
            context.Show(answer, joined => context.Data($"Membership in {Printable.Text(federation)}: {Printable.Text(joined.Status)}"));
        });
    }

    private static Command List(CommandHost host) => new Command("list", "List your federations").Runs(host, async (_, context, cancellationToken) =>
    {
        var answer = await context.Api.GetAsync<IReadOnlyList<FederationResponse>>("federations", cancellationToken);
        context.Show(answer, list =>
        {
            var table = TextTable.WithHeader("ID", "NAME", "OWNER", "CREATED", "DESCRIPTION");
            foreach (var federation in list)
            {
                table.Add(federation.Id, federation.Name, federation.OrgId, Printable.Time(federation.CreatedAt), federation.Description);
            }

            context.Data(table.Lines());
        });
    });

    private static Command Show(CommandHost host)
    {
        var name = Name();
        return new Command("show", "Show a federation").With(name).Runs(host, async (parse, context, cancellationToken) =>
        {
            var path = ApiClient.Path($"federations/{parse.GetRequiredValue(name)}");
            var answer = await context.Api.GetAsync<FederationResponse>(path, cancellationToken);
            if (context.Json)
            {
                context.Data(answer.Json);
                return;
            }

            var shared = await context.Api.GetAsync<IReadOnlyList<SharedModelResponse>>(path + "/models", cancellationToken);
            var federation = answer.Value;
            context.Data($"Federation: {Printable.Text(federation.Name)} ({federation.Id})");
            context.Data($"Description: {Printable.Text(federation.Description ?? "-")}");
            context.Data($"Owner: {federation.OrgId}    Created: {Printable.Time(federation.CreatedAt)}");
            context.Data($"Models: {(shared.Value.Count == 0 ? "-" : string.Join(", ", shared.Value.Select(model => Printable.Text(model.Name))))}");
        });
    }

    private static Command Members(CommandHost host)
    {
        var name = Name();
        return new Command("members", "List the members").With(name).Runs(host, async (parse, context, cancellationToken) =>
        {
            var path = ApiClient.Path($"federations/{parse.GetRequiredValue(name)}");
            var members = await context.Api.GetAsync<IReadOnlyList<FederationMemberResponse>>(path + "/members", cancellationToken);
            if (context.Json)
            {
                context.Data(members.Json);
                return;
            }

            var federation = await context.Api.GetAsync<FederationResponse>(path, cancellationToken);
            context.Data(MemberText.Lines(federation.Value, members.Value));
        });
    }

    private static Command Share(CommandHost host)
    {
        var model = Inputs.Name("MODEL", "The model's name or id");
        var federation = Inputs.NameOption("--federation", "The federation to share it with", required: true);
        return new Command("share", "Share a model with a federation").With(model, federation).Runs(host, async (parse, context, cancellationToken) =>
        {
            var (shared, with) = (parse.GetRequiredValue(model), parse.GetRequiredValue(federation)!);
            var answer = await context.Api.PostAsync<System.Text.Json.JsonElement>(
                ApiClient.Path($"federations/{with}/models"), new ShareModelRequest { ModelId = shared }, cancellationToken);
            context.Show(answer, _ => context.Data($"Shared {Printable.Text(shared)} with {Printable.Text(with)}."));
        });
    }

    private static Argument<string> Name() => Inputs.Name("NAME", "The federation's name or id");
}
