using System.Globalization;

namespace Octomil.EndToEnd;

/// <summary>A network namespace with an address of its own, in which programs can be started.</summary>
/// <param name="Host">Its address.</param>
/// <param name="Holder">The id of the process that keeps the namespace.</param>
internal sealed record NetworkPlace(string Host, int Holder)
{
    /// <summary>Starts a program there; the process is the program's own, so that signals reach it.</summary>
    public RunningProcess Start(string program, IEnumerable<string> args, IReadOnlyDictionary<string, string> environment) => RunningProcess.Start(
        "nsenter", ["-n", "-t", Holder.ToString(CultureInfo.InvariantCulture), program, .. args], environment, Path.GetDirectoryName(program));
}
