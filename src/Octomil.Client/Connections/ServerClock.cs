namespace Octomil.Client.Connections;

/// <summary>
/// The service's time, in which deadlines are given. Devices' own clocks may be hours off; less than two seconds is taken for delay
/// on the way.
/// </summary>
internal sealed class ServerClock(TimeProvider clock)
{
    private static readonly long Tolerance = TimeSpan.FromSeconds(2).Ticks;
    private long _offsetTicks;

    public DateTimeOffset Now => clock.GetUtcNow() + new TimeSpan(Interlocked.Read(ref _offsetTicks));

    public void Observe(DateTimeOffset serverTime)
    {
        var offset = (serverTime - clock.GetUtcNow()).Ticks;
        Interlocked.Exchange(ref _offsetTicks, Math.Abs(offset) > Tolerance ? offset : 0);
    }
}
