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
/// Never what went in or came out. Safe for concurrent use; a device that is running sends it every half minute.
/// </summary>
public sealed class InferenceTelemetry
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string ModelId, string Version), Tally> _tallies = [];

    /// <param name="modelId">The model's id.</param>
    /// <param name="version">The version that was used.</param>
    /// <param name="latency">How long it took.</param>
    /// <param name="outcome">How it ended.</param>
    public void Record(string modelId, string version, TimeSpan latency, InferenceOutcome outcome = InferenceOutcome.Answered)
    {
        lock (_gate)
        {
            if (!_tallies.TryGetValue((modelId, version), out var tally))
            {
                _tallies[(modelId, version)] = tally = new Tally();
            }

            tally.Add(latency, outcome);
        }
    }

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
