namespace Octomil.Organizations;

/// <summary>
/// How often somebody guessed wrong, and until when further guesses are not looked at: a few are free, then each doubles the time, up to
/// a quarter of an hour. An attempt counts as wrong from its beginning, so that many at once gain nothing; a right one clears the counter.
/// </summary>
[GenerateSerializer, Immutable, Alias("octomil.guess-counter")]
public sealed record GuessCounter
{
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    // Who has not guessed for so long begins anew.
    private static readonly TimeSpan _forgotten = TimeSpan.FromDays(1);

    [Id(0)] public int Wrong { get; init; }
    [Id(1)] public DateTimeOffset LockedUntil { get; init; }
    [Id(2)] public DateTimeOffset LastAt { get; init; }

    /// <summary>One more attempt. Where the wait is above zero it must not be looked at; <c>Locks</c>: from this one on it is locked.</summary>
    public (GuessCounter Next, TimeSpan Wait, bool Locks) Attempt(DateTimeOffset now, int free)
    {
        if (now < LockedUntil)
        {
            return (this, LockedUntil - now, false);
        }

        var wrong = now - LastAt > _forgotten ? 1 : Wrong + 1;
        var locks = wrong >= free;
        var pause = locks ? TimeSpan.FromSeconds(Math.Min(Math.Pow(2, wrong - free + 1), Longest.TotalSeconds)) : TimeSpan.Zero;
        return (new GuessCounter { Wrong = wrong, LockedUntil = locks ? now + pause : LockedUntil, LastAt = now }, TimeSpan.Zero, locks);
    }
}
