using System.Text.RegularExpressions;

namespace Octomil.Organizations;

/// <summary>Finds who a secret stands for. Asks the grains at every call: what is revoked or removed ends at once, on every silo.</summary>
internal sealed partial class Callers(IGrainFactory grains, SealedTokens tokens)
{
    /// <summary>The caller, or none; a secret that never was good here is a guess.</summary>
    public async Task<(Caller? Caller, bool IsGuess)> FindAsync(string secret)
    {
        if (tokens.TryOpen(SealedTokens.PersonAccess, secret, out var person))
        {
            return (person is [var organization, var id, var session] ? await PersonAsync(organization, id, session) : null, false);
        }

        if (tokens.TryOpen(SealedTokens.DeviceAccess, secret, out var device))
        {
            return (device is [var organization, var id, var family, var keyHash] ? await DeviceAsync(organization, id, family, keyHash) : null, false);
        }

        // What cannot be a key is not worth a grain's activation.
        var grant = KeyPattern().IsMatch(secret) ? await grains.GetApiKey(secret).GetAsync() : null;
        return (grant is null ? null : Caller.OfKey(grant, GrainKeys.HashOfSecret(secret)), grant is null);
    }

    private async Task<Caller?> PersonAsync(string organizationId, string personId, string sessionId)
    {
        var hasSession = grains.GetPerson(personId).HasSessionAsync(sessionId);
        var person = await grains.GetPeople(organizationId).GetAsync(personId);
        return await hasSession && person is { HasJoined: true }
            ? new Caller(organizationId, new Actor(ActorKind.Person, personId, person.Email), Roles.ScopesOf(person.Role).ToHashSet(StringComparer.Ordinal))
            {
                Role = person.Role,
                SessionId = sessionId,
            }
            : null;
    }

    private async Task<Caller?> DeviceAsync(string organizationId, string deviceId, string familyId, string keyHash)
    {
        var isValid = grains.GetDeviceToken(deviceId).HasTokenAsync(organizationId, familyId);
        var grant = await grains.GetApiKeyByHash(keyHash).GetAsync();
        return await isValid && grant is not null && grant.OrganizationId == organizationId && grant.Scopes.Contains(Scopes.DevicesWrite)
            ? Caller.OfKey(grant, keyHash).ForDevice(deviceId)
            : null;
    }

    [GeneratedRegex("^edg_[0-9A-Za-z_-]{8,124}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex KeyPattern();
}
