using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Octomil.Training;

/// <summary>What happens to rounds, on this silo. Tags are kinds and results alone.</summary>
internal sealed class RoundMeter : IDisposable
{
    public const string Name = "octomil.rounds";

    private readonly Meter _meter;
    private readonly ActivitySource _source = new(Name);
    private readonly Counter<long> _opened;
    private readonly Counter<long> _closed;
    private readonly Counter<long> _updates;
    private readonly Histogram<double> _sealing;
    private readonly Counter<long> _collected;

    public RoundMeter(IMeterFactory meters)
    {
        _meter = meters.Create(Name);
        _opened = _meter.CreateCounter<long>("octomil.rounds.opened", "{round}", "Attempts at rounds that were opened.");
        _closed = _meter.CreateCounter<long>("octomil.rounds.closed", "{round}", "Rounds that were sealed or abandoned.");
        _updates = _meter.CreateCounter<long>("octomil.rounds.updates", "{update}", "Updates that were counted.");
        _sealing = _meter.CreateHistogram<double>("octomil.rounds.sealing.duration", "s", "From the last update to new weights.");
        _collected = _meter.CreateCounter<long>("octomil.weights.collected", "{payload}", "Stored weights that nothing referred to and that were deleted.");
    }

    public void Opened(RoundKind kind) => _opened.Add(1, Tag("kind", kind));

    public void Closed(RoundKind kind, RoundPhase result) => _closed.Add(1, Tag("kind", kind), Tag("result", result));

    public void Counted(int updates) => _updates.Add(updates);

    public void Sealed(TimeSpan duration) => _sealing.Record(duration.TotalSeconds);

    public void Collected(int weights) => _collected.Add(weights);

    /// <summary>A span of a trace around sealing; its round is named, as in logs.</summary>
    public Activity? TraceSealing(string roundId) => _source.StartActivity("seal round")?.SetTag("octomil.round_id", roundId);

    public void Dispose()
    {
        _source.Dispose();
        _meter.Dispose();
    }

    private static KeyValuePair<string, object?> Tag<T>(string name, T value) where T : struct, Enum => new(name, value.ToString().ToLowerInvariant());
}
