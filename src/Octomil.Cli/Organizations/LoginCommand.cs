using System.CommandLine;
using Spectre.Console;

namespace Octomil.Organizations;

internal static class LoginCommand
{
    public static Command Create(CommandHost host)
    {
        var ways = new Ways();
        var command = new Command("login", "Sign in, and stay so for the next commands").With(ways.Key, ways.Email, ways.Sso, ways.Invitation, ways.Organization);
        command.Validators.Add(result =>
        {
            var chosen = (result.GetValue(ways.Key) is null ? 0 : 1) + (result.GetValue(ways.Email) is null ? 0 : 1)
                + (result.GetValue(ways.Sso) || result.GetValue(ways.Invitation) is not null ? 1 : 0);
            if (chosen != 1)
            {
                result.AddError("One of --api-key KEY, --email EMAIL, --sso and --invitation TOKEN is needed (--sso and --invitation may go together).");
            }
        });
        return command.Runs(host, (parse, context, cancellationToken) => LoginAsync(ways, parse, context, cancellationToken));
    }

    private static async Task LoginAsync(Ways ways, ParseResult parse, CommandContext context, CancellationToken cancellationToken)
    {
        if (parse.GetValue(ways.Key) is { } key)
        {
            await WithKeyAsync(context, key, cancellationToken);
            return;
        }

        var invitation = await GivenAsync(context, parse.GetValue(ways.Invitation), cancellationToken);
        var organization = parse.GetValue(ways.Organization);
        using var api = new ApiClient(new ServiceAddress(context.FindApiBase(), null), context.Environment.Time);
        var answer = parse.GetValue(ways.Sso)
            ? await api.PostAsync<SessionResponse>(
                "auth/sso",
                new SsoRequest { IdToken = await new DeviceFlow(context, api).GetIdTokenAsync(cancellationToken), Invitation = invitation, OrgId = organization },
                cancellationToken)
            : await WithPasswordAsync(context, api, parse.GetValue(ways.Email), invitation, organization, cancellationToken);
        Keep(context, answer);
    }

    private static async Task<ApiAnswer<SessionResponse>> WithPasswordAsync(
        CommandContext context, ApiClient api, string? email, string? invitation, string? organization, CancellationToken cancellationToken)
    {
        if (invitation is null)
        {
            var password = await PasswordAsync(context, "Password:", cancellationToken);
            return await api.PostAsync<SessionResponse>("auth/sign-in", new SignInRequest { Email = email!, Password = password, OrgId = organization }, cancellationToken);
        }

        var chosen = await PasswordAsync(context, "New password:", cancellationToken);
        if (context.Streams.InIsTerminal && await PasswordAsync(context, "Again:", cancellationToken) != chosen)
        {
            throw CommandFailureException.Usage("The two are not the same.");
        }

        return await api.PostAsync<SessionResponse>(
            "auth/invitations/accept", new AcceptInvitationRequest { Invitation = invitation, Password = chosen }, cancellationToken);
    }

    private static async Task<string> PasswordAsync(CommandContext context, string prompt, CancellationToken cancellationToken)
    {
        if (context.Streams.InIsTerminal && context.ErrorTerminal is { } terminal)
        {
            return await terminal.PromptAsync(new TextPrompt<string>(prompt).Secret(mask: null), cancellationToken);
        }

        return await context.Streams.In.ReadLineAsync(cancellationToken) is { Length: > 0 } line
            ? line
            : throw CommandFailureException.Usage("There is no password on standard input.");
    }

    private static async Task WithKeyAsync(CommandContext context, string given, CancellationToken cancellationToken)
    {
        var key = await GivenAsync(context, given, cancellationToken);
        if (string.IsNullOrEmpty(key) || key.Any(character => character is <= ' ' or > '~'))
        {
            throw CommandFailureException.Usage("That is not an API key.", "keys look like edg_live_ followed by 32 letters and digits");
        }

        var address = new ServiceAddress(context.FindApiBase(), key);
        using var api = new ApiClient(address, context.Environment.Time);
        var answer = await api.GetAsync<OrganizationResponse>("organizations/current", cancellationToken);

        var credentials = new Credentials { ApiBase = address.ApiBase.AbsoluteUri.TrimEnd('/'), ApiKey = key };
        var path = credentials.Write(context.Environment.HomeFolder);
        context.Show(answer, organization => context.Data($"Logged in as {Printable.Text(organization.Name)} ({organization.Id})."));
        context.Note($"The key is kept in {path}.");
    }

    private static async Task<string?> GivenAsync(CommandContext context, string? given, CancellationToken cancellationToken) =>
        (given == "-" ? await context.Streams.In.ReadLineAsync(cancellationToken) : given)?.Trim();

    private static void Keep(CommandContext context, ApiAnswer<SessionResponse> answer)
    {
        var session = answer.Value;
        var credentials = Credentials.Of(context.FindApiBase(), session, context.Environment.Time.GetUtcNow());
        var path = credentials.Write(context.Environment.HomeFolder);

        // The tokens are for the file alone: what is printed may end in a log.
        var shown = new { session.OrgId, session.OrgName, session.Email, session.Role };
        if (context.Json)
        {
            context.Data(System.Text.Json.JsonSerializer.Serialize(shown, ContractJson.Options));
        }
        else
        {
            context.Data($"Logged in as {Printable.Text(shown.Email)} ({shown.Role}) of {Printable.Text(shown.OrgName)} ({shown.OrgId}).");
        }

        context.Note($"The session is kept in {path}.");
    }

    private sealed class Ways
    {
        public Option<string?> Key { get; } =
            Inputs.Text("--api-key", "The API key, or - to read it from standard input (it then stays out of the shell's history)", "KEY");

        public Option<string?> Email { get; } = Inputs.Text("--email", "Your e-mail address; the password is asked for, or read from standard input", "EMAIL");

        public Option<bool> Sso { get; } = new("--sso") { Description = "Sign in at the identity provider of the service" };

        public Option<string?> Invitation { get; } = Inputs.Text(
            "--invitation", "Join with an invitation, or - to read it from standard input; sets your password, unless with --sso", "TOKEN");

        public Option<string?> Organization { get; } = Inputs.Text("--org", "The organization's id, where your address is good in several", "ORG");
    }
}
