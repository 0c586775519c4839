using System.Collections.Immutable;

namespace Octomil.Organizations;

/// <summary>A person's row: how they sign in, and their sessions. No token, nor anything that a token could be made of.</summary>
[GenerateSerializer, Immutable, Alias("octomil.person-state")]
internal sealed record PersonState
{
    public const int MostSessions = 20;

    [Id(0)] public SignInMeans? Means { get; init; }
    [Id(1)] public ImmutableSortedDictionary<string, TokenFamily> Sessions { get; init; } = ImmutableSortedDictionary<string, TokenFamily>.Empty;

    public static PersonState SetUp(SignInMeans means) => new() { Means = means };

    /// <summary>The oldest session makes room.</summary>
    public PersonState Open(TokenFamily session, DateTimeOffset now)
    {
        var valid = Sessions.Values.Where(known => known.IsValidAt(now)).OrderByDescending(known => known.RotatedAt).Take(MostSessions - 1);
        return this with { Sessions = valid.Append(session).ToImmutableSortedDictionary(known => known.Id, known => known) };
    }

    public (PersonState Next, RefreshedFamily Answer) Refresh(string sessionId, int generation, TimeSpan life, DateTimeOffset now)
    {
        if (!Sessions.TryGetValue(sessionId, out var session))
        {
            return (this, new RefreshedFamily());
        }

        var next = session.Refresh(generation, life, now);
        return next is null
            ? (End(sessionId), new RefreshedFamily { WasReused = session.IsValidAt(now) })
            : (ReferenceEquals(next, session) ? this : this with { Sessions = Sessions.SetItem(sessionId, next) }, new RefreshedFamily { Family = next });
    }

    public PersonState End(string sessionId) => Sessions.ContainsKey(sessionId) ? this with { Sessions = Sessions.Remove(sessionId) } : this;
}

internal sealed class PersonGrain(
    [PersistentState("person", StorageNames.Grains)] IPersistentState<PersonState> store, IIdSource ids, TimeProvider clock) : Grain, IPersonGrain
{
    public Task SetUpAsync(SignInMeans means) => store.SaveAsync(PersonState.SetUp(means), this);

    public Task RehashAsync(string passwordHash) => store.State.Means is { PasswordHash: not null } means
        ? store.SaveAsync(store.State with { Means = means with { PasswordHash = passwordHash } }, this)
        : Task.CompletedTask;

    public Task BindAsync(string subject) => store.State.Means is { Subject: null } means
        ? store.SaveAsync(store.State with { Means = means with { Subject = subject } }, this)
        : Task.CompletedTask;

    public Task<SignInMeans?> GetAsync() => Task.FromResult(store.State.Means);

    public async Task<TokenFamily> OpenSessionAsync(TimeSpan life)
    {
        var now = clock.GetUtcNow();
        var session = new TokenFamily { Id = ids.NewId("ses_", 16), Generation = 1, RotatedAt = now, ExpiresAt = now + life };
        await store.SaveAsync(store.State.Open(session, now), this);
        return session;
    }

    public async Task<RefreshedFamily> RefreshAsync(string sessionId, int generation, TimeSpan life)
    {
        var (next, answer) = store.State.Refresh(sessionId, generation, life, clock.GetUtcNow());
        await store.SaveIfExistsAsync(next, this);
        return answer;
    }

    public Task EndSessionAsync(string sessionId) => store.SaveIfExistsAsync(store.State.End(sessionId), this);

    public Task<bool> HasSessionAsync(string sessionId) =>
        Task.FromResult(store.State.Sessions.TryGetValue(sessionId, out var session) && session.IsValidAt(clock.GetUtcNow()));

    public Task ForgetAsync() => store.SaveIfExistsAsync(new PersonState(), this);
}
