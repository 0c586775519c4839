using System.Text.RegularExpressions;
using Octomil.Federations;
using Octomil.Organizations;

namespace Octomil.Models;

/// <summary>Finds the models that a caller sees, by id or name: its own, and those shared through its active federations.</summary>
internal sealed partial class ModelNames(IGrainFactory grains, FederationNames federations)
{
    /// <summary>Whether the text is an id, whoever's.</summary>
    public static bool IsId(string text) => IdPattern().IsMatch(text);

    public async Task<Found<ModelSnapshot>> FindAsync(Caller caller, string idOrName)
    {
        if (IdPattern().IsMatch(idOrName))
        {
            return await ReadAsync(caller, idOrName, idOrName);
        }

        var organization = await grains.GetOrganization(caller.OrganizationId).GetAsync();
        if (organization?.Models.GetValueOrDefault(idOrName) is { } own)
        {
            return await ReadAsync(caller, own, idOrName);
        }

        var shared = await SharedAsync(caller);
        return shared.Where(model => model.Name == idOrName).Select(model => model.Id).Distinct().ToArray() switch
        {
            [] => new Found<ModelSnapshot>(Refusal.NotFound("model", idOrName)),
            [var one] => await ReadAsync(caller, one, idOrName),
            var several => new Found<ModelSnapshot>(Refusal.Invalid(
                $"Several federations share a model called '{Refusal.Shown(idOrName)}': {string.Join(", ", several)}. Give the id.")),
        };
    }

    /// <summary>Id and name of every model the caller sees, by name; one name only, if it is given.</summary>
    public async Task<List<(string Id, string Name)>> ListAsync(Caller caller, string? name)
    {
        var own = (await grains.GetOrganization(caller.OrganizationId).GetAsync())?.Models.Select(model => (Id: model.Value, Name: model.Key)) ?? [];
        return [.. own.Concat(await SharedAsync(caller))
            .Where(model => name is null || model.Name == name)
            .DistinctBy(model => model.Id)
            .OrderBy(model => model.Name, StringComparer.Ordinal)
            .ThenBy(model => model.Id, StringComparer.Ordinal)];
    }

    private async Task<IEnumerable<(string Id, string Name)>> SharedAsync(Caller caller) =>
        (await federations.ListAsync(caller, null)).SelectMany(federation => federation.Models.Select(model => (model.Key, model.Value)));

    private async Task<Found<ModelSnapshot>> ReadAsync(Caller caller, string id, string asked) =>
        await grains.GetModel(id).GetAsync(caller.OrganizationId) is { } model
            ? new Found<ModelSnapshot>(model)
            : new Found<ModelSnapshot>(Refusal.NotFound("model", asked));

    [GeneratedRegex("^mdl_[0-9a-z]{4,64}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex IdPattern();
}
