namespace Octomil.Client.Connections;

/// <summary>
/// How long to wait before the next try: full jitter, uniform in [0, ceiling). The ceiling doubles to a quick one, stays there for a
/// dozen tries, so that a restarted service has its devices back within a second or two, and then doubles to 30 s.
/// </summary>
/// <param name="chance">Uniform numbers in [0, 1).</param>
internal sealed class Backoff(Func<double> chance)
{
    private const int QuickTries = 12;
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.25);
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Cap = TimeSpan.FromSeconds(30);
    private int _tries;

    /// <summary>The wait before the next try, at least what the service asked for.</summary>
    public TimeSpan Next(TimeSpan? atLeast = null) => (atLeast ?? TimeSpan.Zero) + (Ceiling(_tries++) * chance());

    public void Reset() => _tries = 0;

    internal static TimeSpan Ceiling(int tries) => tries < QuickTries
        ? Min(First * Math.Pow(2, tries), Quick)
        : Min(Quick * Math.Pow(2, Math.Min(tries - QuickTries + 1, 16)), Cap);

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
