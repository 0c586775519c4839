using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Octomil.Organizations;

namespace Octomil.Federations;

/// <summary>Finds the federations that a caller sees, by id or name.</summary>
internal sealed partial class FederationNames(IGrainFactory grains)
{
    public async Task<Found<FederationSnapshot>> FindAsync(Caller caller, string idOrName)
    {
        if (IdPattern().IsMatch(idOrName))
        {
            return await grains.GetFederation(idOrName).GetAsync(caller.OrganizationId) is { } federation
                ? new Found<FederationSnapshot>(federation)
                : new Found<FederationSnapshot>(Refusal.NotFound("federation", idOrName));
        }

        var named = await ListAsync(caller, idOrName);
        return named switch
        {
            [] => new Found<FederationSnapshot>(Refusal.NotFound("federation", idOrName)),
            [var one] => new Found<FederationSnapshot>(one),
            _ => Preferred(named, caller, idOrName),
        };
    }

    /// <summary>The id of a federation in which the caller is or was: to leave one again is no mistake.</summary>
    public async Task<Found<string>> FindOwnAsync(Caller caller, string idOrName)
    {
        if ((await FindAsync(caller, idOrName)).Is(out var found, out var refusal))
        {
            return new Found<string>(found.Id);
        }

        var known = (await grains.GetOrganization(caller.OrganizationId).GetAsync())?.Federations ?? ImmutableSortedDictionary<string, string>.Empty;
        return known.Where(federation => federation.Key == idOrName || federation.Value == idOrName).Select(federation => federation.Key).ToArray() is [var one]
            ? new Found<string>(one)
            : new Found<string>(refusal);
    }

    /// <summary>Every federation the caller owns, is in or is invited to, by name.</summary>
    public async Task<List<FederationSnapshot>> ListAsync(Caller caller, string? name)
    {
        if (await grains.GetOrganization(caller.OrganizationId).GetAsync() is not { } organization)
        {
            return [];
        }

        var ids = organization.Federations
            .Where(federation => name is null || federation.Value == name)
            .OrderBy(federation => federation.Value, StringComparer.Ordinal)
            .Select(federation => federation.Key);
        return await FanOut.ReadAsync(ids, id => grains.GetFederation(id).GetAsync(caller.OrganizationId));
    }

    // Owners name their federations alone, so an invitation may bring a name the caller uses already: its own comes first.
    private static Found<FederationSnapshot> Preferred(List<FederationSnapshot> named, Caller caller, string name)
    {
        var own = named.FindAll(federation => federation.OwnerId == caller.OrganizationId);
        return own is [var one]
            ? new Found<FederationSnapshot>(one)
            : new Found<FederationSnapshot>(Refusal.Invalid(
                $"Several federations are called '{Refusal.Shown(name)}': {string.Join(", ", named.Select(federation => federation.Id))}. Give the id."));
    }

    [GeneratedRegex("^fed_[0-9a-z]{4,64}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex IdPattern();
}
