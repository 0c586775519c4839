using Microsoft.Extensions.Time.Testing;

namespace Octomil.Client.Tests.Fakes;

/// <summary>A clock that moves when a test says so, and that tells a test when the code waits for it.</summary>
internal sealed class TestClock() : FakeTimeProvider(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero))
{
    private readonly Journal<TimeSpan> _timers = new("timer");

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        _timers.Add(dueTime);
        return timer;
    }

    /// <summary>Waits until somebody waits for so long.</summary>
    public Task WaitedForAsync(TimeSpan time) => _timers.NextAsync(due => due == time, $"a wait of {time}");

    /// <summary>Waits until somebody waits for so long, then lets that time pass.</summary>
    public async Task PassAsync(TimeSpan time)
    {
        await WaitedForAsync(time);
        Advance(time);
    }
}
