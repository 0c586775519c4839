using System.Collections.Immutable;

namespace Octomil.Organizations;

/// <summary>
/// Who changed what, when and from where: append-only, in the service's own database. What people and keys do over the API is appended at
/// the edge; what the service does by itself (a roll-back, a lock-out) by whoever does it. Never bodies, weights or secrets.
/// </summary>
public interface IAuditLog
{
    /// <summary>Appends an entry; returns when it is durable. Texts are cut to what a row takes, and control characters replaced.</summary>
    /// <remarks>A database that takes no writes throws (StorageUnavailableException); nothing was appended then.</remarks>
    Task AppendAsync(AuditEntry entry, CancellationToken cancellationToken);

    /// <summary>The newest entries that match, newest first.</summary>
    Task<ImmutableArray<AuditEntry>> ListAsync(AuditQuery query, CancellationToken cancellationToken);
}

/// <summary>One thing that was done, or tried.</summary>
public sealed record AuditEntry
{
    /// <summary>The actor of what the service does by itself.</summary>
    public const string Service = "service";

    /// <summary>The actor of whoever did not say who they are.</summary>
    public const string Anonymous = "anonymous";

    private const int LongestText = 256;

    /// <summary>Its place in the log, given when it is appended.</summary>
    public long Sequence { get; init; }

    /// <summary>Whose log it stands in; empty: the service's own, which operators read.</summary>
    public required string OrganizationId { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>Id of a key (<c>key_</c>), person (<c>usr_</c>) or device (<c>dev_</c>), <see cref="Service"/> or <see cref="Anonymous"/>.</summary>
    public required string Actor { get; init; }

    /// <summary>The key's name, or the person's e-mail address.</summary>
    public string? ActorName { get; init; }

    /// <summary>What was done, such as <c>federation.suspend</c>.</summary>
    public required string Action { get; init; }

    /// <summary>To what: ids or names, as the caller gave them.</summary>
    public string? Subject { get; init; }

    /// <summary>The network address that it came from.</summary>
    public string? Address { get; init; }
    public string? UserAgent { get; init; }
    public required AuditOutcome Outcome { get; init; }

    /// <summary>The code of a refusal, or a few words.</summary>
    public string? Detail { get; init; }

    /// <summary>An entry of what the service did by itself.</summary>
    public static AuditEntry ByService(string organizationId, string action, string? subject, DateTimeOffset at) => new()
    {
        OrganizationId = organizationId,
        At = at,
        Actor = Service,
        Action = action,
        Subject = subject,
        Outcome = AuditOutcome.Done,
    };

    /// <summary>With texts that every database takes: callers choose some of them, so they are bounded and have no control characters.</summary>
    public AuditEntry Bounded() => this with
    {
        Actor = Bounded(Actor)!,
        ActorName = Bounded(ActorName),
        Action = Bounded(Action)!,
        Subject = Bounded(Subject),
        Address = Bounded(Address),
        UserAgent = Bounded(UserAgent),
        Detail = Bounded(Detail),
    };

    private static string? Bounded(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var cut = text.Length <= LongestText ? text : text[..LongestText];
        return cut.Any(IsUnfit) ? string.Concat(cut.Select(character => IsUnfit(character) ? '?' : character)) : cut;
    }

    // Half a surrogate pair cannot be encoded; a cut may leave one.
    private static bool IsUnfit(char character) => char.IsControl(character) || char.IsSurrogate(character);
}

/// <summary>What became of it.</summary>
public enum AuditOutcome
{
    None = 0,
    Done = 1,
    Refused = 2,
    Failed = 3,
}

/// <summary>Which entries.</summary>
public sealed record AuditQuery
{
    public required string OrganizationId { get; init; }

    /// <summary>Those of the service itself too.</summary>
    public bool WithService { get; init; }
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only entries before this place in the log.</summary>
    public long? Before { get; init; }
    public required int Limit { get; init; }
}
