using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Octomil.Organizations;

/// <summary>
/// How a person of one organization signs in (key: <c>usr_...</c>, see <see cref="GrainKeys.PersonId"/>). The same address in another
/// organization is another person with another password: organizations do not trust each other. Whether the person belongs to the
/// organization still, <see cref="IPeopleGrain"/> knows.
/// </summary>
[Alias("octomil.person")]
public interface IPersonGrain : IGrainWithStringKey
{
    /// <summary>Sets how the person signs in from now on, and ends all sessions.</summary>
    [Alias("set-up")]
    Task SetUpAsync(SignInMeans means);

    /// <summary>The same means with a hash of newer parameters; sessions stay.</summary>
    [Alias("rehash")]
    Task RehashAsync(string passwordHash);

    /// <summary>From the first sign-in on, this account at the identity provider is the person's, and no other.</summary>
    [Alias("bind")]
    Task BindAsync(string subject);

    /// <summary>Null: the person never took an invitation up.</summary>
    [Alias("get"), AlwaysInterleave]
    Task<SignInMeans?> GetAsync();

    [Alias("open-session")]
    Task<TokenFamily> OpenSessionAsync(TimeSpan life);

    [Alias("refresh")]
    Task<RefreshedFamily> RefreshAsync(string sessionId, int generation, TimeSpan life);

    [Alias("end-session")]
    Task EndSessionAsync(string sessionId);

    [Alias("has-session"), AlwaysInterleave]
    Task<bool> HasSessionAsync(string sessionId);

    /// <summary>Forgets everything: the person is no member any more.</summary>
    [Alias("forget")]
    Task ForgetAsync();
}

/// <summary>A password, or an account at the identity provider.</summary>
[GenerateSerializer, Immutable, Alias("octomil.sign-in-means")]
public sealed record SignInMeans
{
    /// <summary>As ASP.NET Core Identity writes it: salted PBKDF2 with its parameters.</summary>
    [Id(0)] public string? PasswordHash { get; init; }

    /// <summary>Issuer and subject of the OpenID Connect account.</summary>
    [Id(1)] public string? Subject { get; init; }
}

/// <summary>What is known of an e-mail address across organizations (key: SHA-256 of the address): where it signs in, and wrong passwords.</summary>
[Alias("octomil.email")]
public interface IEmailGrain : IGrainWithStringKey
{
    [Alias("add")]
    Task AddOrganizationAsync(string organizationId);

    [Alias("remove")]
    Task RemoveOrganizationAsync(string organizationId);

    /// <summary>Begins an attempt with a password, which counts as wrong until <see cref="SucceededAsync"/>.</summary>
    [Alias("attempt")]
    Task<SignInAttempt> AttemptAsync();

    [Alias("succeeded")]
    Task SucceededAsync();

    [Alias("organizations"), AlwaysInterleave]
    Task<ImmutableSortedSet<string>> GetOrganizationsAsync();
}

/// <summary>Whether an attempt may be made.</summary>
[GenerateSerializer, Immutable, Alias("octomil.sign-in-attempt")]
public sealed record SignInAttempt
{
    /// <summary>Above zero: locked for so long; the password must not be looked at.</summary>
    [Id(0)] public required TimeSpan Wait { get; init; }

    /// <summary>If this attempt is wrong, the address is locked from now on.</summary>
    [Id(1)] public required bool Locks { get; init; }
    [Id(2)] public required ImmutableSortedSet<string> Organizations { get; init; }
}
