namespace Octomil.Organizations;

/// <summary>GET /audit: a page of the log, newest first.</summary>
public sealed record AuditList
{
    public required IReadOnlyList<AuditEntryResponse> Entries { get; init; }

    /// <summary>Where the next page goes on; absent on the last.</summary>
    public string? NextCursor { get; init; }
}

/// <summary>One change, or an attempt at one.</summary>
public sealed record AuditEntryResponse
{
    /// <summary>Its place in the log.</summary>
    public required long Id { get; init; }

    /// <summary>Absent: an entry of the service itself, which operators see.</summary>
    public string? OrgId { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>Id of a key, a person or a device; <c>service</c> for what it did by itself, <c>anonymous</c> for who did not sign in.</summary>
    public required string Actor { get; init; }

    /// <summary>The key's name, or the person's e-mail address.</summary>
    public string? ActorName { get; init; }

    /// <summary>Such as <c>federation.suspend</c>.</summary>
    public required string Action { get; init; }

    /// <summary>Names and ids of what it was done to.</summary>
    public string? Subject { get; init; }
    public string? Address { get; init; }
    public string? UserAgent { get; init; }

    /// <summary><c>done</c>, <c>refused</c> or <c>failed</c>.</summary>
    public required string Outcome { get; init; }

    /// <summary>The code of the refusal.</summary>
    public string? Detail { get; init; }
}
