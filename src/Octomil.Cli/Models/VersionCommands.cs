using System.CommandLine;

namespace Octomil.Models;

/// <summary>What is done with versions that are there.</summary>
internal static class VersionCommands
{
    public static Command[] Create(CommandHost host) => [Deprecate(host), Delete(host), Alias(host), CompareCommand.Create(host)];

    private static Command Deprecate(CommandHost host)
    {
        var (name, version) = (Name(), Version());
        var reason = Inputs.Text("--reason", "Why it should not be used any more", "TEXT");
        var undo = new Option<bool>("--undo") { Description = "Take the deprecation back" };
        return new Command("deprecate", "Say that a version should not be used any more").With(name, version, reason, undo)
            .Runs(host, async (parse, context, cancellationToken) =>
            {
                var why = parse.GetValue(reason);
                if (parse.GetValue(undo) == why is not null)
                {
                    throw CommandFailureException.Usage("Either --reason TEXT or --undo is needed.");
                }

                var path = PathOf(parse.GetRequiredValue(name), parse.GetRequiredValue(version));
                var answer = why is null
                    ? await context.Api.PostAsync<ModelVersionResponse>($"{path}/reinstate", new { }, cancellationToken)
                    : await context.Api.PostAsync<ModelVersionResponse>($"{path}/deprecate", new DeprecateVersionRequest { Reason = why }, cancellationToken);
                context.Show(answer, changed => context.Data($"{Printable.Text(parse.GetRequiredValue(name))} {Printable.Text(changed.Version)} is {Printable.Text(changed.Status ?? "-")}"));
            });
    }

    private static Command Delete(CommandHost host)
    {
        var (name, version) = (Name(), Version());
        return new Command("delete", "Delete a version that nothing uses; its name is never used again").With(name, version)
            .Runs(host, async (parse, context, cancellationToken) =>
            {
                var path = PathOf(parse.GetRequiredValue(name), parse.GetRequiredValue(version));
                var answer = await context.Api.SendAsync<DeletedVersionResponse>(HttpMethod.Delete, path, content: null, cancellationToken);
                context.Show(answer, deleted => context.Data($"Deleted {Printable.Text(parse.GetRequiredValue(name))} {Printable.Text(deleted.Version)}"));
            });
    }

    private static Command Alias(CommandHost host)
    {
        var name = Name();
        var alias = new Argument<string?>("ALIAS") { Description = "A name such as production; without it the aliases are listed", Arity = ArgumentArity.ZeroOrOne };
        var version = new Argument<string?>("VERSION") { Description = "The version that it stands for from now on", Arity = ArgumentArity.ZeroOrOne };
        var remove = new Option<bool>("--remove") { Description = "Take the alias away" };
        return new Command("alias", "List, set or remove names that stand for versions").With(name, alias, version, remove)
            .Runs(host, async (parse, context, cancellationToken) =>
            {
                var change = new AliasChange(parse.GetValue(alias), parse.GetValue(version), parse.GetValue(remove));
                var answer = await context.Api.SendAsync<AliasList>(
                    change.Method, change.PathIn(parse.GetRequiredValue(name)), change.ToContent(), cancellationToken);
                context.Show(answer, list =>
                {
                    var table = TextTable.WithHeader("ALIAS", "VERSION");
                    foreach (var (key, value) in list.Aliases)
                    {
                        table.Add(key, value);
                    }

                    context.Data(table.Lines());
                });
            });
    }

    private static Argument<string> Name() => Inputs.Name("NAME", "The model's name or id");

    private static Argument<string> Version() => Inputs.Name("VERSION", "The version, or an alias of it");

    private static string PathOf(string model, string version) => ApiClient.Path($"models/{model}/versions/{version}");

    private sealed record AliasChange(string? Alias, string? Version, bool Remove)
    {
        public HttpMethod Method => Alias is null ? HttpMethod.Get : Remove ? HttpMethod.Delete : HttpMethod.Put;

        public string PathIn(string model)
        {
            if (Alias is null ? Remove : Remove == Version is not null)
            {
                throw CommandFailureException.Usage("Give ALIAS and VERSION to set an alias, ALIAS and --remove to take it away, or neither to list them.");
            }

            return Alias is null ? ApiClient.Path($"models/{model}/aliases") : ApiClient.Path($"models/{model}/aliases/{Alias}");
        }

        public System.Net.Http.Json.JsonContent? ToContent() => Version is null
            ? null
            : System.Net.Http.Json.JsonContent.Create(new SetAliasRequest { Version = Version }, options: ContractJson.Options);
    }
}
