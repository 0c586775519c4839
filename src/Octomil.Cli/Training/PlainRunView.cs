using System.Globalization;

namespace Octomil.Training;

/// <summary>
/// A line for every change, for logs. Rounds, statuses and reasons are told at once, updates within a round once a second; a run in
/// which nothing happens is told now and then, so that a log never looks dead.
/// </summary>
internal sealed class PlainRunView(CommandContext context) : IRunView, IRunObserver
{
    private const int ShownOrganizations = 4;
    private static readonly TimeSpan _updatesInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _quietInterval = TimeSpan.FromSeconds(30);

    private TrainingStatusResponse? _printed;
    private TrainingStatusResponse? _held;
    private string? _lastLine;
    private long _printedAt;
    private bool _lost;

    public Task<TrainingStatusResponse> ShowAsync(RunFeed feed, CancellationToken cancellationToken) => feed.FollowAsync(this, cancellationToken);

    public void Learned(WatchedStatus status)
    {
        _lost = false;
        var current = status.Status;
        var sincePrinted = context.Environment.Time.GetElapsedTime(_printedAt);
        if (_printed is null || IsNews(_printed, current))
        {
            // How far the last round came was held back: it is told before the next one is.
            if (_held is { } held && held.CurrentRound != current.CurrentRound)
            {
                Print(held);
            }

            Print(current);
        }
        else if (sincePrinted >= _quietInterval || (sincePrinted >= _updatesInterval && Line(current) != _lastLine))
        {
            Print(current);
        }
        else
        {
            _held = current;
        }
    }

    public void Lost(string why)
    {
        if (!_lost)
        {
            context.Note($"{why} Trying again.");
            _lost = true;
        }
    }

    public static string Line(TrainingStatusResponse status)
    {
        var parts = new List<string>
        {
            string.Create(CultureInfo.InvariantCulture, $"round {status.CurrentRound}/{status.TotalRounds}"),
            Printable.Text(status.Status),
        };
        if (status.RoundKind is { } kind and not RoundKinds.Train)
        {
            parts.Add($"({Printable.Text(kind)})");
        }

        if (status.Contributions.Count > 0)
        {
            parts.Add(Updates(status.Contributions));
        }

        if (status.Accuracy is not null)
        {
            parts.Add($"accuracy {StatusText.Accuracy(status)}");
        }

        if (status.Loss is { } loss)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"loss {loss:0.0000}"));
        }

        if (status.Reason is { } reason)
        {
            parts.Add($"reason: {Printable.Text(reason)}");
        }

        return string.Join("  ", parts);
    }

    private static string Updates(IReadOnlyList<ContributionResponse> contributions)
    {
        var each = contributions.Take(ShownOrganizations).Select(contribution =>
            string.Create(CultureInfo.InvariantCulture, $"{Printable.Text(contribution.OrgName)} {contribution.Updates}/{contribution.Selected}"));
        var more = contributions.Count > ShownOrganizations ? $", {contributions.Count - ShownOrganizations} more" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"updates {contributions.Sum(c => (long)c.Updates)}/{contributions.Sum(c => (long)c.Selected)} ({string.Join(", ", each)}{more})");
    }

    private static bool IsNews(TrainingStatusResponse before, TrainingStatusResponse now) =>
        (before.CurrentRound, before.Status, before.Reason, before.RoundKind) != (now.CurrentRound, now.Status, now.Reason, now.RoundKind);

    private void Print(TrainingStatusResponse status)
    {
        var line = Line(status);
        _printed = status;
        _held = null;
        if (line == _lastLine && context.Environment.Time.GetElapsedTime(_printedAt) < _quietInterval)
        {
            return;
        }

        _lastLine = line;
        _printedAt = context.Environment.Time.GetTimestamp();
        context.Data(line);
        context.Streams.Out.Flush();
    }
}
