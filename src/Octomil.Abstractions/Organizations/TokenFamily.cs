namespace Octomil.Organizations;

/// <summary>
/// The refresh tokens that descend from one sign-in. Each is used once and names its generation; one that was used before is in the wrong
/// hands, and ends the whole family (OAuth 2.0 Security Best Current Practice, RFC 9700, section 4.14.2). Only its immediate repeat is
/// answered the same: whoever lost our answer asks again. Whoever named its attempt may do so however late, and nobody else may.
/// </summary>
[GenerateSerializer, Immutable, Alias("octomil.token-family")]
public sealed record TokenFamily
{
    public static readonly TimeSpan Repeatable = TimeSpan.FromSeconds(30);

    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required int Generation { get; init; }
    [Id(2)] public required DateTimeOffset RotatedAt { get; init; }

    /// <summary>Without a refresh until then it ends.</summary>
    [Id(3)] public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>The API key that it was made with; null: a person's.</summary>
    [Id(4)] public string? KeyHash { get; init; }

    /// <summary>SHA-256 of the name that the last refresh gave its attempt; null: it gave none.</summary>
    [Id(5)] public string? AttemptHash { get; init; }

    public bool IsValidAt(DateTimeOffset now) => now < ExpiresAt;

    /// <summary>The family after a refresh with the token of that generation; null: it ends here.</summary>
    public TokenFamily? Refresh(int generation, TimeSpan life, DateTimeOffset now, string? attemptHash = null)
    {
        if (!IsValidAt(now))
        {
            return null;
        }

        if (generation == Generation)
        {
            return this with { Generation = Generation + 1, RotatedAt = now, ExpiresAt = now + life, AttemptHash = attemptHash };
        }

        var isRepeat = AttemptHash is null ? now - RotatedAt <= Repeatable : attemptHash == AttemptHash;
        return generation == Generation - 1 && isRepeat ? this : null;
    }
}

/// <summary>What a refresh came to.</summary>
[GenerateSerializer, Immutable, Alias("octomil.refreshed-family")]
public sealed record RefreshedFamily
{
    /// <summary>Null: the token is refused.</summary>
    [Id(0)] public TokenFamily? Family { get; init; }

    /// <summary>A token was used twice, and its family ended just now.</summary>
    [Id(1)] public bool WasReused { get; init; }
}
