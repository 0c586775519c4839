using Octomil.Deployments;

namespace Octomil.Client.Versions;

/// <summary>How an inference ended.</summary>
public enum InferenceOutcome
{
    None = 0,
    Answered = 1,
    Error = 2,

    /// <summary>It took the program down; told after the restart.</summary>
    Crash = 3,
}

/// <summary>
/// Counts local inferences by version, for the service to see whether a version is well, and in an experiment which of two is better: how many,
/// how they ended, how long they took, how often they were right. Never what went in or came out. Safe for concurrent use; a device that is
/// running sends it every half minute. With a version folder, a process that dies while it uses a version is counted as a crash of it by the
/// next one.
/// </summary>
public sealed class InferenceTelemetry : IDisposable
{
    // A program uses a few versions; one that makes names up must not fill the memory.
    private const int MostVersions = 256;
    private readonly Lock _gate = new();
    private readonly Dictionary<(string ModelId, string Version), Tally> _tallies = [];
    private readonly Dictionary<string, CrashMarker> _serving = new(StringComparer.Ordinal);
    private readonly CrashMarkers? _markers;
    private bool _isDisposed;

    public InferenceTelemetry()
    {
    }

    internal InferenceTelemetry(CrashMarkers markers)
    {
        _markers = markers;

        // A program that ends in order has not crashed, whether or not it disposed of this.
        AppDomain.CurrentDomain.ProcessExit += OnExit;
    }

    /// <summary>
    /// The program answers with this version of the model from now on, so that its death is that version's crash: say it before the version
    /// is loaded, which may be what kills. <see cref="Record"/> says it too.
    /// </summary>
    public void Serve(string modelId, string version)
    {
        lock (_gate)
        {
            if (_markers is null || _isDisposed || (_serving.TryGetValue(modelId, out var before) && before.Served.Version == version))
            {
                return;
            }

            Forget(modelId);
            if (_markers.TryBegin(modelId, version) is { } marker)
            {
                _serving[modelId] = marker;
            }
        }
    }

    /// <summary>The program answers with no version of the model any more.</summary>
    public void Leave(string modelId)
    {
        lock (_gate)
        {
            Forget(modelId);
        }
    }

    /// <param name="modelId">The model's id.</param>
    /// <param name="version">The version that was used.</param>
    /// <param name="latency">How long it took.</param>
    /// <param name="outcome">How it ended.</param>
    public void Record(string modelId, string version, TimeSpan latency, InferenceOutcome outcome = InferenceOutcome.Answered)
    {
        lock (_gate)
        {
            Serve(modelId, version);
            TallyOf(modelId, version)?.Add(latency, outcome);
        }
    }

    /// <summary>The device has learned whether an answer was right: the ward has looked, the customer has paid. It may be long after the answer.</summary>
    /// <param name="modelId">The model's id.</param>
    /// <param name="version">The version that gave the answer.</param>
    /// <param name="correct">Whether it was right.</param>
    /// <param name="loss">How wrong it was, by the model's own measure; null: not known.</param>
    /// <exception cref="ArgumentOutOfRangeException">The loss is not a number, negative or above 1e9.</exception>
    public void RecordOutcome(string modelId, string version, bool correct, double? loss = null) =>
        RecordEvaluation(modelId, version, 1, correct ? 1 : 0, loss);

    /// <summary>The same for a number of answers at once, such as a test set on the device.</summary>
    /// <param name="modelId">The model's id.</param>
    /// <param name="version">The version that was evaluated.</param>
    /// <param name="count">Of how many answers, 1 to 100,000.</param>
    /// <param name="accuracy">The share of them that was right, in [0, 1]; null: not known.</param>
    /// <param name="loss">Their mean loss; null: not known.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is none, or out of its range.</exception>
    public void RecordEvaluation(string modelId, string version, int count, double? accuracy, double? loss = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, VersionTelemetryMessage.MostInferences);
        ThrowUnless(accuracy is null or (>= 0 and <= 1), accuracy, nameof(accuracy), "must be in [0, 1]");
        ThrowUnless(loss is null or (>= 0 and <= VersionTelemetryMessage.MostLoss), loss, nameof(loss), "must be a number from 0 to 1e9");
        lock (_gate)
        {
            TallyOf(modelId, version)?.Add(count, accuracy, loss);
        }
    }

    /// <summary>Ends in order: nothing that happens to the process from here on is a crash.</summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        lock (_gate)
        {
            _isDisposed = true;
            foreach (var modelId in _serving.Keys.ToList())
            {
                Forget(modelId);
            }
        }
    }

    /// <summary>Crashes of processes that were here before, to be told; at most as many as so many.</summary>
    internal IReadOnlyList<CrashMarker> TakeCrashes(int most) => _markers?.TakeLeft(most) ?? [];

    /// <summary>What was counted since the last batch, at most as much as one batch may hold; null: nothing.</summary>
    internal TelemetryRequest? TakeBatch(string batchId)
    {
        lock (_gate)
        {
            var reports = _tallies.Take(TelemetryRequest.MostReports).Select(tally => tally.Value.ToMessage(tally.Key.ModelId, tally.Key.Version)).ToList();
            foreach (var report in reports)
            {
                _tallies.Remove((report.ModelId, report.Version));
            }

            return reports.Count == 0 ? null : new TelemetryRequest { BatchId = batchId, Reports = reports };
        }
    }

    private void OnExit(object? sender, EventArgs exit) => Dispose();

    // Null: there are too many already.
    private Tally? TallyOf(string modelId, string version)
    {
        if (!_tallies.TryGetValue((modelId, version), out var tally) && _tallies.Count < MostVersions)
        {
            _tallies[(modelId, version)] = tally = new Tally();
        }

        return tally;
    }

    private void Forget(string modelId)
    {
        if (_serving.Remove(modelId, out var marker))
        {
            marker.Delete();
        }
    }

    private static void ThrowUnless(bool holds, double? value, string name, string rule)
    {
        if (!holds)
        {
            throw new ArgumentOutOfRangeException(name, value, $"The {name} {rule}.");
        }
    }

    private sealed class Tally
    {
        private readonly long[] _latency = new long[VersionTelemetryMessage.LatencyBounds.Count + 1];
        private long _inferences;
        private long _errors;
        private long _crashes;
        private double _latencyTotal;
        private Mean _accuracy;
        private Mean _loss;

        public void Add(TimeSpan latency, InferenceOutcome outcome)
        {
            if (_inferences == VersionTelemetryMessage.MostInferences)
            {
                // More than the service takes at once: what it has is enough to judge by.
                return;
            }

            _inferences++;
            _errors += outcome is InferenceOutcome.Error ? 1 : 0;
            _crashes += outcome is InferenceOutcome.Crash ? 1 : 0;
            if (outcome is InferenceOutcome.Answered)
            {
                _latency[BucketOf(latency)]++;
                _latencyTotal += Math.Clamp(latency.TotalMilliseconds, 0, VersionTelemetryMessage.MostLatency);
            }
        }

        public void Add(int count, double? accuracy, double? loss) => (_accuracy, _loss) = (_accuracy.Plus(count, accuracy), _loss.Plus(count, loss));

        public VersionTelemetryMessage ToMessage(string modelId, string version) => new()
        {
            ModelId = modelId,
            Version = version,
            Inferences = _inferences,
            Errors = _errors,
            Crashes = _crashes,
            LatencyMs = [.. _latency],
            LatencyTotalMs = _latencyTotal,
            AccuracyCount = _accuracy.Count,
            Accuracy = _accuracy.Value,
            LossCount = _loss.Count,
            Loss = _loss.Value,
        };

        private static int BucketOf(TimeSpan latency)
        {
            var bucket = 0;
            while (bucket < VersionTelemetryMessage.LatencyBounds.Count && latency.TotalMilliseconds > VersionTelemetryMessage.LatencyBounds[bucket])
            {
                bucket++;
            }

            return bucket;
        }
    }

    // As many as the service takes at once; what is above them says little that these do not.
    private readonly record struct Mean(long Count, double Total)
    {
        public double? Value => Count == 0 ? null : Total / Count;

        public Mean Plus(int count, double? mean) => mean is { } value && Count + count <= VersionTelemetryMessage.MostInferences
            ? new Mean(Count + count, Total + (value * count))
            : this;
    }
}
