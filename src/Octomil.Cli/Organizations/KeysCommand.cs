using System.CommandLine;
using System.Text.Json;

namespace Octomil.Organizations;

internal static class KeysCommand
{
    private static readonly string[] _known = [.. Scopes.OfAnAdministrator, Scopes.Operator];

    public static Command Create(CommandHost host) =>
        new Command("keys", "API keys of the organization").With(CreateKey(host), List(host), Revoke(host));

    private static Command CreateKey(CommandHost host)
    {
        var name = Inputs.Title("NAME", "What the key is for");
        var scopes = Inputs.Many("--scope", "What the key may do; may be repeated", "SCOPE");
        scopes.Required = true;
        scopes.CompletionSources.Add(_known);
        scopes.Validators.Add(result =>
        {
            foreach (var unknown in result.Tokens.Select(token => token.Value).Except(_known, StringComparer.Ordinal))
            {
                result.AddError($"There is no scope '{Printable.Text(unknown)}'. Scopes: {string.Join(", ", _known)}.");
            }
        });

        var expires = Inputs.Duration("--expires", "How long the key is valid, such as 90d (default: until it is revoked)");
        return new Command("create", "Make a key; it is shown once").With(name, scopes, expires).Runs(host, async (parse, context, cancellationToken) =>
        {
            var request = new CreateApiKeyRequest
            {
                Name = parse.GetRequiredValue(name),
                Scopes = parse.GetRequiredValue(scopes),
                ExpiresAt = context.Environment.Time.GetUtcNow() + parse.GetValue(expires),
            };
            var answer = await context.Api.PostAsync<ApiKeyResponse>("api-keys", request, cancellationToken);
            context.Show(answer, key =>
            {
                context.Data($"Key: {Printable.Text(key.Name)} ({key.Id})");
                context.Data($"API key: {Printable.Text(key.ApiKey ?? "")}");
                context.Data($"Scopes: {string.Join(", ", key.Scopes.Select(Printable.Text))}");
                if (key.ExpiresAt is not null)
                {
                    context.Data($"Expires: {Printable.Time(key.ExpiresAt)}");
                }
            });
            context.Note("The key is shown this once.");
        });
    }

    private static Command List(CommandHost host) => new Command("list", "List the keys").Runs(host, async (_, context, cancellationToken) =>
    {
        var answer = await context.Api.GetAsync<ApiKeyList>("api-keys", cancellationToken);
        context.Show(answer, list =>
        {
            var table = TextTable.WithHeader("ID", "NAME", "PREFIX", "CREATED", "EXPIRES", "LAST USED", "REVOKED", "SCOPES");
            foreach (var key in list.ApiKeys)
            {
                table.Add(key.Id, key.Name, key.Prefix, Printable.Time(key.CreatedAt), Printable.Time(key.ExpiresAt), Printable.Time(key.LastUsedAt), Printable.Time(key.RevokedAt), string.Join(",", key.Scopes));
            }

            context.Data(table.Lines());
        });
    });

    private static Command Revoke(CommandHost host)
    {
        var id = Inputs.Name("ID", "The key's id, from `octomil keys list`");
        return new Command("revoke", "Make a key useless at once").With(id).Runs(host, async (parse, context, cancellationToken) =>
        {
            var key = parse.GetRequiredValue(id);
            var answer = await context.Api.PostAsync<JsonElement>(ApiClient.Path($"api-keys/{key}/revoke"), new { }, cancellationToken);
            context.Show(answer, _ => context.Data($"Revoked {Printable.Text(key)}."));
        });
    }
}
