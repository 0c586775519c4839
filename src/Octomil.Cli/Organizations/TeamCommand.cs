using System.CommandLine;
using System.Net.Http.Json;

namespace Octomil.Organizations;

internal static class TeamCommand
{
    // The service knows the organization by the key.
    private const string Members = "orgs/default/members";

    public static Command Create(CommandHost host) =>
        new Command("team", "The organization's people and policy").With(Add(host), List(host), Role(host), Reset(host), Remove(host), PolicyCommand.Create(host));

    private static Command Add(CommandHost host)
    {
        var email = Email();
        var role = new Option<string>("--role") { Description = $"What the person may do: {string.Join(", ", Roles.All)}", HelpName = "ROLE", Required = true };
        role.AcceptOnlyFromAmong([.. Roles.All]);
        var name = Inputs.Text("--name", "The person's name");
        return new Command("add", "Invite a person; the invitation is shown once and good for 7 days").With(email, role, name)
            .Runs(host, async (parse, context, cancellationToken) =>
            {
                var request = new InviteMemberRequest { Email = parse.GetRequiredValue(email), Role = parse.GetRequiredValue(role), Name = parse.GetValue(name) };
                ShowInvitation(context, await context.Api.PostAsync<MemberResponse>(Members, request, cancellationToken), "joins");
            });
    }

    private static Command List(CommandHost host) => new Command("list", "List the people").Runs(host, async (_, context, cancellationToken) =>
    {
        var answer = await context.Api.GetAsync<MemberList>(Members, cancellationToken);
        context.Show(answer, list =>
        {
            var table = TextTable.WithHeader("EMAIL", "NAME", "ROLE", "STATUS", "JOINED", "INVITATION ENDS", "ID");
            foreach (var member in list.Members)
            {
                table.Add(member.Email, member.Name, member.Role, member.Status, Printable.Time(member.JoinedAt), Printable.Time(member.ExpiresAt), member.Id);
            }

            context.Data(table.Lines());
        });
    });

    private static Command Role(CommandHost host)
    {
        var member = Member();
        var role = new Argument<string>("ROLE") { Description = $"One of {string.Join(", ", Roles.All)}" };
        role.AcceptOnlyFromAmong([.. Roles.All]);
        return new Command("role", "Give a person another role").With(member, role).Runs(host, async (parse, context, cancellationToken) =>
        {
            var content = JsonContent.Create(new ChangeMemberRequest { Role = parse.GetRequiredValue(role) }, options: ContractJson.Options);
            var path = Members + ApiClient.Path($"/{parse.GetRequiredValue(member)}");
            var answer = await context.Api.SendAsync<MemberResponse>(HttpMethod.Put, path, content, cancellationToken);
            context.Show(answer, changed => context.Data($"{Printable.Text(changed.Email)} is {changed.Role} now."));
        });
    }

    private static Command Reset(CommandHost host)
    {
        var member = Member();
        return new Command("reset", "Let a person set a new password; the invitation to do so is shown once").With(member)
            .Runs(host, async (parse, context, cancellationToken) =>
            {
                var path = Members + ApiClient.Path($"/{parse.GetRequiredValue(member)}/reset");
                ShowInvitation(context, await context.Api.PostAsync<MemberResponse>(path, new { }, cancellationToken), "sets a new password");
            });
    }

    private static Command Remove(CommandHost host)
    {
        var member = Member();
        return new Command("remove", "Remove a person, or take an invitation back").With(member).Runs(host, async (parse, context, cancellationToken) =>
        {
            var path = Members + ApiClient.Path($"/{parse.GetRequiredValue(member)}");
            var answer = await context.Api.SendAsync<MemberResponse>(HttpMethod.Delete, path, content: null, cancellationToken);
            context.Show(answer, removed => context.Data($"Removed {Printable.Text(removed.Email)}."));
        });
    }

    private static void ShowInvitation(CommandContext context, ApiAnswer<MemberResponse> answer, string does)
    {
        context.Show(answer, member =>
        {
            context.Data($"{Printable.Text(member.Email)} ({member.Id}): {member.Role}, {member.Status}");
            if (member.Invitation is not null)
            {
                context.Data($"Invitation: {Printable.Text(member.Invitation)}");
                context.Data($"Good until: {Printable.Time(member.ExpiresAt)}");
            }
        });
        if (answer.Value.Invitation is not null)
        {
            context.Note($"The invitation is shown this once. Give it to the person, who {does} with `octomil login --invitation -` or `octomil login --sso --invitation -`.");
        }
    }

    private static Argument<string> Email() => Inputs.Name("EMAIL", "The person's e-mail address");

    private static Argument<string> Member() => Inputs.Name("EMAIL", "The person's e-mail address, or id");
}
