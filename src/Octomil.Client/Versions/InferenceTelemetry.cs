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
/// Counts local inferences by version, for the service to see whether a version is well: how many, how they ended, how long they took.
/// Never what went in or came out. Safe for concurrent use; a device that is running sends it every half minute. With a version folder, a
/// process that dies while it uses a version is counted as a crash of it by the next one.
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
            if (!_tallies.TryGetValue((modelId, version), out var tally))
            {
                if (_tallies.Count == MostVersions)
                {
                    return;
                }

                _tallies[(modelId, version)] = tally = new Tally();
            }

            tally.Add(latency, outcome);
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

    private void Forget(string modelId)
    {
        if (_serving.Remove(modelId, out var marker))
        {
            marker.Delete();
        }
    }

    private sealed class Tally
    {
        private readonly long[] _latency = new long[VersionTelemetryMessage.LatencyBounds.Count + 1];
        private long _inferences;
        private long _errors;
        private long _crashes;

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
            _latency[BucketOf(latency)] += outcome is InferenceOutcome.Answered ? 1 : 0;
        }

        public VersionTelemetryMessage ToMessage(string modelId, string version) => new()
        {
            ModelId = modelId,
            Version = version,
            Inferences = _inferences,
            Errors = _errors,
            Crashes = _crashes,
            LatencyMs = [.. _latency],
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
}
