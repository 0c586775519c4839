namespace Octomil.Device;

/// <summary>What the process ends with. Scripts rely on these; they are never renumbered.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>The data cannot be used, training failed, or the run did.</summary>
    public const int Failed = 1;

    /// <summary>No connection, a key that is not accepted, or a revoked device.</summary>
    public const int Connection = 2;
    public const int Usage = 4;

    /// <summary>What the system gives a process that SIGINT or SIGTERM ends: work that did not end in time was left.</summary>
    public const int Interrupted = 130;
    public const int Terminated = 143;
}
