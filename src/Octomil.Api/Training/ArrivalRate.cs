namespace Octomil.Training;

/// <summary>
/// How fast a body came while it was waited for, over a sliding window of that waiting: a sender that was quick at first does not live on
/// its average, and one that the server keeps waiting is not called slow. Pure.
/// </summary>
/// <param name="window">How far back it looks.</param>
/// <param name="slowest">Bytes a second below which a sender is too slow.</param>
internal sealed class ArrivalRate(TimeSpan window, double slowest)
{
    private const int Parts = 16;

    private readonly long[] _bytes = new long[Parts];
    private readonly TimeSpan _part = window / Parts;
    private TimeSpan _waited;
    private long _now;
    private long _sum;

    /// <summary>Notes bytes that came after a wait; false where the sender has been too slow for a whole window.</summary>
    public bool IsFastEnough(TimeSpan waited, long bytes)
    {
        _waited += waited;
        var now = (long)(_waited / _part);
        for (var left = Math.Min(now - _now, Parts); left > 0; left--)
        {
            Drop((now - left + 1) % Parts);
        }

        _now = now;
        _bytes[now % Parts] += bytes;
        _sum += bytes;

        // The part that is not over yet may still bring its bytes: the window is the whole ones before it.
        return now < Parts || _sum >= slowest * _part.TotalSeconds * (Parts - 1);
    }

    private void Drop(long part)
    {
        _sum -= _bytes[part];
        _bytes[part] = 0;
    }
}
