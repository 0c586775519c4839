using System.CommandLine;

namespace Octomil.Organizations;

internal static class LoginCommand
{
    public static Command Create(CommandHost host)
    {
        var key = new Option<string>("--api-key")
        {
            Description = "The API key, or - to read it from standard input (it then stays out of the shell's history)",
            HelpName = "KEY",
            Required = true,
        };
        return new Command("login", "Check an API key and keep it for the next commands").With(key)
            .Runs(host, (parse, context, cancellationToken) => LoginAsync(context, parse.GetRequiredValue(key), cancellationToken));
    }

    private static async Task LoginAsync(CommandContext context, string given, CancellationToken cancellationToken)
    {
        var key = (given == "-" ? await context.Streams.In.ReadLineAsync(cancellationToken) : given)?.Trim();
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
}
