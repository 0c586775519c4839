using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Octomil.Organizations;

/// <summary>
/// The people of an organization (key: <c>org_...</c>). Whoever calls it speaks for the organization; <c>byOwner</c> says that an owner
/// does, who alone makes and unmakes owners. While there is no owner, anybody who may invite may invite one.
/// </summary>
[Alias("octomil.people")]
public interface IPeopleGrain : IGrainWithStringKey
{
    /// <summary>Invites a person, or invites again: an earlier invitation is void then.</summary>
    [Alias("invite")]
    Task<PersonAnswer> InviteAsync(string email, string role, string? name, bool byOwner);

    /// <summary>Lets a person who has joined set a new password, by an invitation of the same kind.</summary>
    [Alias("reset")]
    Task<PersonAnswer> ResetAsync(string personId, bool byOwner);

    /// <summary>Takes the invitation up; again is refused.</summary>
    [Alias("accept")]
    Task<PersonAnswer> AcceptAsync(string personId, string invitationId, string? name);

    [Alias("change-role")]
    Task<PersonAnswer> ChangeRoleAsync(string personId, string role, bool byOwner);

    /// <summary>Removes a person or an invitation; from then on the person's sessions are nobody's.</summary>
    [Alias("remove")]
    Task<PersonAnswer> RemoveAsync(string personId, bool byOwner);

    /// <summary>Everybody, by e-mail address; invited ones too.</summary>
    [Alias("list"), AlwaysInterleave]
    Task<ImmutableArray<PersonRecord>> ListAsync();

    /// <summary>Null: nobody of the organization.</summary>
    [Alias("get"), AlwaysInterleave]
    Task<PersonRecord?> GetAsync(string personId);
}

/// <summary>What became of a command about a person.</summary>
[GenerateSerializer, Immutable, Alias("octomil.person-answer")]
public sealed record PersonAnswer
{
    [Id(0)] public required PersonResult Result { get; init; }

    /// <summary>The person as they are now, or were last; null where there is none.</summary>
    [Id(1)] public PersonRecord? Person { get; init; }
}

/// <summary>Kinds of that.</summary>
public enum PersonResult
{
    None = 0,
    Done = 1,
    NoSuchPerson = 2,

    /// <summary>Only an owner may do this.</summary>
    OwnersOnly = 3,

    /// <summary>An organization that has an owner keeps one.</summary>
    LastOwner = 4,

    /// <summary>The person is a member already, in another role.</summary>
    IsMember = 5,

    /// <summary>The invitation was taken up, taken back or replaced, or is too old.</summary>
    InvitationOver = 6,
    TooMany = 7,

    /// <summary>The person has joined already; there was nothing to do.</summary>
    IsMemberAlready = 8,
}

/// <summary>A person of an organization, joined or invited.</summary>
[GenerateSerializer, Immutable, Alias("octomil.person-record")]
public sealed record PersonRecord
{
    /// <summary>For how long an invitation can be taken up.</summary>
    public static readonly TimeSpan InvitationLife = TimeSpan.FromDays(7);

    [Id(0)] public required string Id { get; init; }
    [Id(1)] public required string Email { get; init; }
    [Id(2)] public string? Name { get; init; }

    /// <summary>One of owner, admin, member, viewer.</summary>
    [Id(3)] public required string Role { get; init; }
    [Id(4)] public required DateTimeOffset InvitedAt { get; init; }

    /// <summary>Null: invited only.</summary>
    [Id(5)] public DateTimeOffset? JoinedAt { get; init; }

    /// <summary>The invitation that can be taken up, or a reset of the password; null: none.</summary>
    [Id(6)] public string? InvitationId { get; init; }
    [Id(7)] public DateTimeOffset? InvitationExpiresAt { get; init; }

    public bool HasJoined => JoinedAt is not null;

    public bool CanAccept(string invitationId, DateTimeOffset now) => InvitationId == invitationId && now < InvitationExpiresAt;
}
