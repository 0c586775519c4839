namespace Octomil.Organizations;

/// <summary>
/// What a person may do in an organization. Every role may do what the one before it may:
/// <list type="table">
/// <item><term>viewer</term><description>reads devices, models, training, rollouts and experiments</description></item>
/// <item><term>member</term><description>changes them: pushes models, starts runs, deploys, runs experiments, manages devices and groups</description></item>
/// <item><term>admin</term><description>people, keys, settings, federations, the audit log</description></item>
/// <item><term>owner</term><description>the same, and alone makes and unmakes owners; an organization that has one keeps one</description></item>
/// </list>
/// </summary>
public static class Roles
{
    public const string Owner = "owner";
    public const string Admin = "admin";
    public const string Member = "member";
    public const string Viewer = "viewer";

    private static readonly string[] _reads =
        [Scopes.DevicesRead, Scopes.ModelsRead, Scopes.TrainingRead, Scopes.RolloutsRead, Scopes.ExperimentsRead];

    private static readonly string[] _writes =
        [Scopes.DevicesWrite, Scopes.ModelsWrite, Scopes.TrainingWrite, Scopes.RolloutsWrite, Scopes.ExperimentsWrite];

    /// <summary>Every role, from the one that may most.</summary>
    public static IReadOnlyList<string> All { get; } = [Owner, Admin, Member, Viewer];

    /// <summary>The scopes of a role; none for a role that there is not.</summary>
    public static IReadOnlyList<string> ScopesOf(string role) => role switch
    {
        Owner or Admin => Scopes.OfAnAdministrator,
        Member => [.. _reads, .. _writes],
        Viewer => _reads,
        _ => [],
    };
}
