using System.Collections.Immutable;

namespace Octomil.Organizations;

/// <summary>An address's row.</summary>
[GenerateSerializer, Immutable, Alias("octomil.email-state")]
internal sealed record EmailState
{
    public const int FreeGuesses = 5;

    [Id(0)] public ImmutableSortedSet<string> Organizations { get; init; } = [];
    [Id(1)] public GuessCounter Guesses { get; init; } = new();

    public EmailState With(string organizationId) =>
        Organizations.Contains(organizationId) ? this : this with { Organizations = Organizations.Add(organizationId) };

    public EmailState Without(string organizationId) =>
        Organizations.Contains(organizationId) ? this with { Organizations = Organizations.Remove(organizationId) } : this;

    public (EmailState Next, SignInAttempt Answer) Attempt(DateTimeOffset now)
    {
        var (guesses, wait, locks) = Guesses.Attempt(now, FreeGuesses);
        var next = ReferenceEquals(guesses, Guesses) ? this : this with { Guesses = guesses };
        return (next, new SignInAttempt { Wait = wait, Locks = locks, Organizations = Organizations });
    }
}

/// <remarks>Of an address that signs in nowhere the guesses are counted in memory: made-up addresses must not fill the database.</remarks>
internal sealed class EmailGrain(
    [PersistentState("email", StorageNames.Grains)] IPersistentState<EmailState> store, TimeProvider clock) : Grain, IEmailGrain
{
    public Task AddOrganizationAsync(string organizationId) => store.SaveAsync(store.State.With(organizationId), this);

    public Task RemoveOrganizationAsync(string organizationId) => store.SaveIfExistsAsync(store.State.Without(organizationId), this);

    public async Task<SignInAttempt> AttemptAsync()
    {
        var (next, answer) = store.State.Attempt(clock.GetUtcNow());
        if (store.RecordExists)
        {
            await store.SaveAsync(next, this);
        }
        else
        {
            store.State = next;
        }

        return answer;
    }

    public Task SucceededAsync() => store.SaveIfExistsAsync(store.State with { Guesses = new GuessCounter() }, this);

    public Task<ImmutableSortedSet<string>> GetOrganizationsAsync() => Task.FromResult(store.State.Organizations);
}
