namespace Octomil.Organizations;

/// <summary>Who does something: the id and the name that the audit log keeps.</summary>
internal sealed record Actor(ActorKind Kind, string Id, string? Name = null)
{
    public static Actor Anonymous { get; } = new(ActorKind.Anonymous, AuditEntry.Anonymous);
}

internal enum ActorKind
{
    None = 0,
    Anonymous = 1,
    Key = 2,
    Person = 3,

    /// <summary>A device with a token or a certificate of its own.</summary>
    Device = 4,
}
