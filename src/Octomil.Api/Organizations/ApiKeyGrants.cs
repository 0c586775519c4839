using System.Collections.Concurrent;

namespace Octomil.Organizations;

/// <summary>
/// What keys are worth, on this silo: a key's grain is mostly on another one, and every request needs its answer. A revocation is told to
/// every silo before it is answered (<see cref="Forget"/>), so it counts at once everywhere; one that cannot be told, for it is cut off,
/// asks again after a moment. Keys that are not known are not kept: guesses cost the guesser.
/// </summary>
internal sealed class ApiKeyGrants(IGrainFactory grains, TimeProvider clock)
{
    private const int MostKeys = 100_000;

    private static readonly TimeSpan Trusted = TimeSpan.FromSeconds(5);

    // By hash: a secret is not kept.
    private readonly ConcurrentDictionary<string, (ApiKeyGrant Grant, long Since)> _known = new(StringComparer.Ordinal);
    private int _revocations;

    /// <summary>Null: there is no such key, or it was revoked.</summary>
    public ValueTask<ApiKeyGrant?> FindAsync(string secret)
    {
        var hash = GrainKeys.HashOfSecret(secret);
        return _known.TryGetValue(hash, out var known) && clock.GetElapsedTime(known.Since) < Trusted
            ? ValueTask.FromResult<ApiKeyGrant?>(known.Grant)
            : AskAsync(hash);
    }

    /// <summary>The key is revoked.</summary>
    public void Forget(string keyId)
    {
        // First, so that no answer from before the revocation is kept after it.
        Interlocked.Increment(ref _revocations);
        foreach (var (hash, known) in _known)
        {
            if (known.Grant.KeyId == keyId)
            {
                _known.TryRemove(hash, out _);
            }
        }
    }

    private async ValueTask<ApiKeyGrant?> AskAsync(string hash)
    {
        var (since, revocations) = (clock.GetTimestamp(), Volatile.Read(ref _revocations));
        var grant = await AnswerAsync(hash);
        if (grant is null || _known.Count >= MostKeys)
        {
            _known.TryRemove(hash, out _);
            return grant;
        }

        _known[hash] = (grant, since);
        if (Volatile.Read(ref _revocations) != revocations)
        {
            // It may be this one's.
            _known.TryRemove(hash, out _);
        }

        return grant;
    }

    private async Task<ApiKeyGrant?> AnswerAsync(string hash)
    {
        try
        {
            return await grains.GetApiKeyByHash(hash).GetAsync();
        }
        catch (SiloUnavailableException)
        {
            // It was on a silo that died, which is known by now. Without the second call every connection that polls would end here.
            return await grains.GetApiKeyByHash(hash).GetAsync();
        }
    }
}
