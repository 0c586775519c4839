using System.CommandLine;

namespace Octomil.Organizations;

internal static class OrgCommand
{
    public static Command Create(CommandHost host)
    {
        var name = Inputs.Title("NAME", "The organization's name, as people read it");
        var create = new Command("create", "Create an organization and its first key (operators only)").With(name)
            .Runs(host, (parse, context, cancellationToken) => CreateAsync(context, parse.GetRequiredValue(name), cancellationToken));

        return new Command("org", "Show the organization of the key").With(create).Runs(host, (_, context, cancellationToken) => ShowAsync(context, cancellationToken));
    }

    private static async Task ShowAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var answer = await context.Api.GetAsync<OrganizationResponse>("organizations/current", cancellationToken);
        context.Show(answer, organization =>
        {
            context.Data($"Organization: {Printable.Text(organization.Name)} ({organization.Id})");
            context.Data($"Created: {Printable.Time(organization.CreatedAt)}");
            context.Data($"Scopes: {string.Join(", ", organization.Scopes.Select(Printable.Text))}");
        });
    }

    private static async Task CreateAsync(CommandContext context, string name, CancellationToken cancellationToken)
    {
        var answer = await context.Api.PostAsync<CreateOrganizationResponse>(
            "organizations", new CreateOrganizationRequest { Name = name }, cancellationToken);
        context.Show(answer, created =>
        {
            context.Data($"Organization: {Printable.Text(created.Name)} ({created.Id})");
            context.Data($"API key: {Printable.Text(created.ApiKey)}");
        });
        context.Note("The key is shown this once: give it to the organization's administrator.");
    }
}
