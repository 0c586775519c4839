using Spectre.Console;

namespace Octomil.Training;

/// <summary>The display that a person watches: redrawn with every change and, for the clock, every second.</summary>
internal sealed class LiveRunView(IAnsiConsole terminal, TimeProvider time) : IRunView, IRunObserver
{
    private readonly Lock _gate = new();
    private readonly RunPicture _picture = new(terminal.Profile.Capabilities.Unicode);
    private Action _redraw = () => { };

    public async Task<TrainingStatusResponse> ShowAsync(RunFeed feed, CancellationToken cancellationToken)
    {
        var live = terminal.Live(Draw()).AutoClear(false).Overflow(VerticalOverflow.Crop);
        terminal.Cursor.Hide();
        try
        {
            return await live.StartAsync(async display =>
            {
                _redraw = () => display.UpdateTarget(Draw());
                await using var clock = time.CreateTimer(_ => Redraw(), state: null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
                return await feed.FollowAsync(this, cancellationToken);
            });
        }
        finally
        {
            terminal.Cursor.Show();
        }
    }

    public void Learned(WatchedStatus status)
    {
        lock (_gate)
        {
            _picture.Learn(status.Status);
            _redraw();
        }
    }

    public void Lost(string why)
    {
        lock (_gate)
        {
            _picture.Lose(why);
            _redraw();
        }
    }

    private void Redraw()
    {
        lock (_gate)
        {
            _redraw();
        }
    }

    private Rows Draw() => _picture.Draw(terminal.Profile.Width, time.GetUtcNow());
}
