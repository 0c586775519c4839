namespace Octomil;

/// <summary>The system's time for someone who waits a twentieth of every wait.</summary>
internal sealed class HurriedTime : TimeProvider
{
    private const int Hurry = 20;

    public override long TimestampFrequency => System.TimestampFrequency / Hurry;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(System.CreateTimer(callback, state, Shorter(dueTime), Shorter(period)));

    private static TimeSpan Shorter(TimeSpan time) => time > TimeSpan.Zero ? time / Hurry : time;

    private sealed class Timer(ITimer timer) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(Shorter(dueTime), Shorter(period));

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
