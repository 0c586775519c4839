namespace Octomil;

/// <summary>What the process ends with. Scripts rely on these; they are never renumbered.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>The service refused, or what was asked for failed.</summary>
    public const int Refused = 1;

    /// <summary>No connection, or a key that the service does not know.</summary>
    public const int Connection = 2;
    public const int Timeout = 3;
    public const int Usage = 4;
    public const int Bug = 5;
}
