using Xunit;

namespace Octomil.Organizations;

public sealed class TokenFamilyTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Life = TimeSpan.FromDays(14);

    private readonly TokenFamily _first = new() { Id = "ses-1", Generation = 1, RotatedAt = Noon, ExpiresAt = Noon + Life };

    [Fact]
    public void Refresh_MakesTheNextGenerationAndLivesAnew()
    {
        var next = _first.Refresh(1, Life, Noon + TimeSpan.FromDays(1));

        Assert.Equal(_first with { Generation = 2, RotatedAt = Noon + TimeSpan.FromDays(1), ExpiresAt = Noon + TimeSpan.FromDays(15) }, next);
    }

    [Fact]
    public void Refresh_RepeatedAtOnce_IsTheSameAndLaterTheEnd()
    {
        var second = _first.Refresh(1, Life, Noon)!;

        Assert.Same(second, second.Refresh(1, Life, Noon + TokenFamily.Repeatable));
        Assert.Null(second.Refresh(1, Life, Noon + TokenFamily.Repeatable + TimeSpan.FromTicks(1)));
        Assert.Null(second.Refresh(2, Life, Noon)!.Refresh(1, Life, Noon));
        Assert.Null(second.Refresh(3, Life, Noon));
    }

    [Fact]
    public void Refresh_RepeatedUnderTheNameOfItsAttempt_IsTheSameHoweverLate_AndUnderAnotherIsReuse()
    {
        var second = _first.Refresh(1, Life, Noon, "one")!;
        var late = Noon + (Life / 2);

        Assert.Same(second, second.Refresh(1, Life, late, "one"));
        foreach (var other in (string?[])["other", null])
        {
            Assert.Null(second.Refresh(1, Life, Noon, other));
        }

        Assert.Null(second.Refresh(2, Life, late)!.Refresh(2, Life, late + Life / 4, "one"));
        Assert.Null(second.Refresh(2, Life, late, "two")!.Refresh(1, Life, late, "one"));
    }

    [Fact]
    public void Refresh_OfAnExpiredFamily_IsRefused() => Assert.Null(_first.Refresh(1, Life, Noon + Life));

    [Fact]
    public void Person_WhoseTokenIsUsedTwice_LosesThatSessionAlone()
    {
        var person = new PersonState().Open(_first, Noon).Open(_first with { Id = "ses-2" }, Noon);
        person = person.Refresh("ses-1", 1, Life, Noon).Next;

        var (next, answer) = person.Refresh("ses-1", 1, Life, Noon + TimeSpan.FromMinutes(1));

        Assert.True(answer is { Family: null, WasReused: true });
        Assert.Equal(["ses-2"], next.Sessions.Keys);
        Assert.False(next.Refresh("ses-1", 2, Life, Noon).Answer.WasReused);
    }

    [Fact]
    public void Person_WithManySessions_KeepsTheNewest()
    {
        var person = new PersonState();
        for (var session = 0; session < PersonState.MostSessions + 5; session++)
        {
            person = person.Open(_first with { Id = $"ses-{session:00}", RotatedAt = Noon + TimeSpan.FromMinutes(session) }, Noon);
        }

        Assert.Equal(PersonState.MostSessions, person.Sessions.Count);
        Assert.Equal("ses-05", person.Sessions.Keys.Min());
    }

    [Fact]
    public void Guesses_AreFreeThenCostTwiceTheTimeEach()
    {
        var (guesses, now) = (new GuessCounter(), Noon);
        var waits = new List<double>();
        for (var attempt = 0; attempt < 9; attempt++)
        {
            var (next, wait, locks) = guesses.Attempt(now, free: 5);
            Assert.Equal((TimeSpan.Zero, attempt >= 4), (wait, locks));
            guesses = next;
            waits.Add(Math.Max(0, (guesses.LockedUntil - now).TotalSeconds));
            now = guesses.LockedUntil > now ? guesses.LockedUntil : now;
        }

        Assert.Equal([0, 0, 0, 0, 2, 4, 8, 16, 32], waits);
        Assert.Equal(TimeSpan.FromSeconds(10), (guesses with { LockedUntil = now + TimeSpan.FromSeconds(10) }).Attempt(now, free: 5).Wait);
        Assert.Equal(GuessCounter.Longest, (guesses with { Wrong = 1000 }).Attempt(now, free: 5).Next.LockedUntil - now);
        Assert.Equal(1, guesses.Attempt(now + TimeSpan.FromDays(2), free: 5).Next.Wrong);
    }

    [Fact]
    public void Key_IsGoodUntilItExpiresOrIsRevoked()
    {
        var state = new ApiKeyState { Grant = new ApiKeyGrant { OrganizationId = "org_1", KeyId = "key_1", ExpiresAt = Noon } };

        Assert.Null(state.GrantAt(Noon));
        Assert.Equal("key_1", state.GrantAt(Noon - TimeSpan.FromTicks(1))?.KeyId);
        Assert.Null((state with { Revoked = true }).GrantAt(Noon - TimeSpan.FromTicks(1)));
        var used = state.UsedAt(Noon);
        Assert.Same(used, used.UsedAt(Noon - TimeSpan.FromSeconds(1)));
    }
}
