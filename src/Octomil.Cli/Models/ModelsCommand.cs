using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Octomil.Models;

internal static class ModelsCommand
{
    public static Command Create(CommandHost host) => 
        new Command("models", "The organization's models").With([List(host), Show(host), Versions(host), .. VersionCommands.Create(host)]);

    private static Command List(CommandHost host) => new Command("list", "List models, also those shared with you").Runs(host, async (_, context, cancellationToken) =>
    {
        var answer = await context.Api.GetAsync<ModelList>("models", cancellationToken);
        context.Show(answer, list =>
        {
            var table = TextTable.WithHeader("ID", "NAME", "LATEST", "FRAMEWORK", "OWNER", "CREATED");
            foreach (var model in list.Models)
            {
                table.Add(model.Id, model.Name, model.LatestVersion, model.Framework, model.OrgId, Printable.Time(model.CreatedAt));
            }

            context.Data(table.Lines());
            if (list.Models.Count < list.Total)
            {
                context.Note(string.Create(CultureInfo.InvariantCulture, $"{list.Models.Count} of {list.Total} models."));
            }
        });
    });

    private static Command Show(CommandHost host)
    {
        var name = Name();
        return new Command("show", "Show a model").With(name).Runs(host, async (parse, context, cancellationToken) =>
        {
            var answer = await context.Api.GetAsync<ModelResponse>(ApiClient.Path($"models/{parse.GetRequiredValue(name)}"), cancellationToken);
            context.Show(answer, model =>
            {
                context.Data($"Model: {Printable.Text(model.Name)} ({model.Id})");
                context.Data($"Latest version: {Printable.Text(model.LatestVersion ?? "-")}");
                context.Data($"Description: {Printable.Text(model.Description ?? "-")}");
                context.Data($"Owner: {model.OrgId ?? "-"}    Created: {Printable.Time(model.CreatedAt)}");
                context.Data($"Federations: {(model.Federations is { Count: > 0 } shared ? string.Join(", ", shared.Select(Printable.Text)) : "-")}");
                if (model.Architecture is { ValueKind: JsonValueKind.Object } architecture)
                {
                    context.Data($"Architecture: {Describe(architecture)}");
                }
            });
        });
    }

    private static Command Versions(CommandHost host)
    {
        var name = Name();
        var status = new Option<string?>("--status") { Description = "Only those that are active, or deprecated", HelpName = "STATUS" };
        status.AcceptOnlyFromAmong("active", "deprecated");
        return new Command("versions", "List a model's versions, newest first").With(name, status).Runs(host, async (parse, context, cancellationToken) =>
        {
            var path = ApiClient.Path($"models/{parse.GetRequiredValue(name)}/versions") + (parse.GetValue(status) is { } wanted ? $"?status={wanted}" : "");
            var answer = await context.Api.GetAsync<ModelVersionList>(path, cancellationToken);
            context.Show(answer, list =>
            {
                var table = TextTable.WithHeader("VERSION", "STATUS", ">PARAMETERS", ">SIZE", ">ACCURACY", "CREATED", "FROM");
                foreach (var version in list.Versions)
                {
                    table.Add(
                        version.Version, version.Status + (version.Aliases is { Count: > 0 } aliases ? $" ({string.Join(", ", aliases)})" : ""), version.ParameterCount?.ToString(CultureInfo.InvariantCulture),
                        version.SizeBytes is { } bytes ? Printable.Bytes(bytes) : null,
                        Printable.Number(version.Metrics?.GetValueOrDefault("accuracy", double.NaN) is { } value && double.IsFinite(value) ? value : null, "0.000"),
                        Printable.Time(version.CreatedAt), From(version));
                }

                context.Data(table.Lines());
            });
        });
    }

    private static string? From(ModelVersionResponse version) => version.Lineage is { } lineage
        ? $"{lineage.BaseVersion}, {Printable.Count(lineage.Rounds, "round")} of {lineage.Strategy}, {Printable.Count(lineage.Organizations.Count, "organization")}"
        : version.Description;

    private static string Describe(JsonElement architecture)
    {
        var parts = new List<string>();
        foreach (var name in new[] { "kind", "output_type", "target_col" })
        {
            if (architecture.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String)
            {
                parts.Add(Printable.Text(value.GetString()!));
            }
        }

        if (architecture.TryGetProperty("features", out var features) && features.ValueKind == JsonValueKind.Array)
        {
            parts.Add(Printable.Count(features.GetArrayLength(), "feature"));
        }

        return string.Join(", ", parts);
    }

    private static Argument<string> Name() => Inputs.Name("NAME", "The model's name or id");
}
