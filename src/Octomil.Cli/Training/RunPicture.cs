using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Octomil.Training;

/// <summary>A run as a picture: rounds as a bar, each organization's updates as a bar, accuracy and loss as lines over the rounds.</summary>
internal sealed class RunPicture(bool unicode)
{
    private const int ShownOrganizations = 12;
    private const int LongestName = 24;

    private static readonly Style _strong = new(decoration: Decoration.Bold);
    private static readonly Style _faint = new(Color.Grey);
    private static readonly Style _waiting = new(Color.Yellow);
    private static readonly Style _moving = new(Color.Blue);
    private static readonly Style _done = new(Color.Green);

    private readonly RunCurve _curve = new();
    private TrainingStatusResponse? _status;
    private string? _lost;

    public void Learn(TrainingStatusResponse status)
    {
        _status = status;
        _lost = null;
        _curve.Learn(status);
    }

    public void Lose(string why) => _lost = why;

    public Rows Draw(int width, DateTimeOffset now)
    {
        if (_status is not { } status)
        {
            return new Rows(new Text("Waiting for the run ...", _faint));
        }

        var barWidth = Math.Clamp(width - LongestName - 32, 8, 40);
        var rows = new List<IRenderable> { Title(status, now), Rounds(status, barWidth) };
        if ((_lost ?? status.Reason) is not null)
        {
            rows.Add(new Text(Printable.Text(_lost is null ? $"Reason: {status.Reason}" : $"{_lost} Trying again."), _waiting));
        }

        rows.Add(Text.Empty);
        rows.AddRange(Organizations(status, barWidth));
        rows.AddRange(Curves(status, barWidth));
        if (!RunStatuses.IsTerminal(status.Status))
        {
            rows.Add(new Text("Ctrl-C leaves; the run goes on.", _faint));
        }

        return new Rows(rows);
    }

    private static Paragraph Title(TrainingStatusResponse status, DateTimeOffset now)
    {
        var facts = new List<string> { Printable.Text(status.Strategy) };
        if (status.FederationId is { } federation)
        {
            facts.Add(federation);
        }

        if (status.StartedAt is { } started && (status.EndedAt ?? now) is var until && until > started)
        {
            facts.Add(Elapsed(until - started));
        }

        return new Paragraph().Append(Printable.Text(status.Model), _strong).Append("  " + string.Join("  ", facts), _faint);
    }

    private Paragraph Rounds(TrainingStatusResponse status, int barWidth)
    {
        var selected = status.Contributions.Sum(contribution => (long)contribution.Selected);
        var updates = status.Contributions.Sum(contribution => (long)contribution.Updates);
        var within = selected > 0 ? Math.Min(1, (double)updates / selected) : 0;
        var part = status.Status == RunStatuses.Completed ? 1 : Math.Max(0, status.CurrentRound - 1 + within) / Math.Max(1, status.TotalRounds);

        var line = new Paragraph().Append(string.Create(CultureInfo.InvariantCulture, $"Round {status.CurrentRound} / {status.TotalRounds}  "));
        AppendBar(line, part, barWidth);
        var kind = status.RoundKind is { } special and not RoundKinds.Train ? $" ({Printable.Text(special)})" : "";
        return line.Append(string.Create(CultureInfo.InvariantCulture, $"  {Math.Floor(part * 100)}%  "))
            .Append(Printable.Text(status.Status) + kind, StyleOf(status.Status));
    }

    private IEnumerable<IRenderable> Organizations(TrainingStatusResponse status, int barWidth)
    {
        var shown = status.Contributions.Take(ShownOrganizations).ToArray();
        var nameWidth = shown.Select(contribution => NameOf(contribution).GetCellWidth()).DefaultIfEmpty().Max();
        var countWidth = shown.Select(contribution => CountOf(contribution).Length).DefaultIfEmpty().Max();
        foreach (var contribution in shown)
        {
            var name = NameOf(contribution);
            var line = new Paragraph().Append(name + new string(' ', nameWidth - name.GetCellWidth() + 2));
            AppendBar(line, contribution.Selected > 0 ? Math.Min(1, (double)contribution.Updates / contribution.Selected) : 0, barWidth);
            line.Append("  " + CountOf(contribution).PadLeft(countWidth));
            line.Append(string.Create(CultureInfo.InvariantCulture, $"  {Printable.Count(contribution.Devices, "device")}"), _faint);
            yield return contribution.Reason is { } reason ? line.Append($"  {Printable.Text(reason)}", _waiting) : line;
        }

        if (status.Contributions.Count > ShownOrganizations)
        {
            yield return new Text($"and {Printable.Count(status.Contributions.Count - ShownOrganizations, "more organization")}", _faint);
        }

        if (shown.Length > 0)
        {
            yield return Text.Empty;
        }
    }

    private IEnumerable<IRenderable> Curves(TrainingStatusResponse status, int width)
    {
        if (status.Accuracy is not null)
        {
            yield return Curve("Accuracy", StatusText.Accuracy(status), _curve.Accuracy, width, _done);
        }

        if (status.Loss is not null)
        {
            yield return Curve("Loss", Printable.Number(status.Loss, "0.0000"), _curve.Loss, width, _moving);
        }
    }

    private Paragraph Curve(string name, string value, IReadOnlyList<double> values, int width, Style style) =>
        new Paragraph().Append($"{name,-9}{value,-18}  ").Append(Sparkline.Of(values, width, unicode), style);

    private void AppendBar(Paragraph line, double part, int width)
    {
        var full = (int)Math.Floor(part * width);
        line.Append(new string(unicode ? '█' : '#', full), part >= 1 ? _done : _moving);
        line.Append(new string(unicode ? '░' : '.', width - full), _faint);
    }

    private static string CountOf(ContributionResponse contribution) =>
        string.Create(CultureInfo.InvariantCulture, $"{contribution.Updates}/{contribution.Selected}");

    private static string NameOf(ContributionResponse contribution)
    {
        var name = Printable.Text(contribution.OrgName);
        return name.Length > LongestName ? name[..(LongestName - 3)] + "..." : name;
    }

    private static string Elapsed(TimeSpan time) =>
        string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours:00}:{time.Minutes:00}:{time.Seconds:00}");

    private static Style StyleOf(string status) => status switch
    {
        RunStatuses.Completed => _done,
        RunStatuses.Failed or RunStatuses.Stopped => new Style(Color.Red),
        "PAUSED" => _waiting,
        _ => _moving,
    };
}
