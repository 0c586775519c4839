namespace Octomil.Training;

/// <summary>The wire's run statuses, as far as the command line tells them apart.</summary>
internal static class RunStatuses
{
    public const string Completed = "COMPLETED";
    public const string Stopped = "STOPPED";
    public const string Failed = "FAILED";

    public static bool IsTerminal(string status) => status is Completed or Stopped or Failed;
}
