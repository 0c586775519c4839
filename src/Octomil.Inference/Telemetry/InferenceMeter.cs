using System.Collections.Concurrent;

namespace Octomil.Inference.Telemetry;

/// <summary>Counts answers by version: how many, how many failed, how long they took. Never what was asked or answered.</summary>
internal sealed class InferenceMeter
{
    /// <summary>Upper bounds of the latency buckets, in milliseconds; the last bucket has none.</summary>
    public static readonly double[] BoundsInMilliseconds = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

    private readonly ConcurrentDictionary<string, Counts> _versions = new(StringComparer.Ordinal);

    public void Succeeded(string version, TimeSpan latency) => Of(version).Add(latency, failed: false);

    public void Failed(string version, TimeSpan latency) => Of(version).Add(latency, failed: true);

    /// <summary>What was counted since the last call, by version.</summary>
    public IReadOnlyDictionary<string, InferenceCounts> Take() => _versions
        .Select(version => (version.Key, Counts: version.Value.Take()))
        .Where(version => version.Counts.Requests > 0)
        .ToDictionary(version => version.Key, version => version.Counts, StringComparer.Ordinal);

    /// <summary>Puts back what could not be sent.</summary>
    public void Return(string version, InferenceCounts counts) => Of(version).Return(counts);

    private Counts Of(string version) => _versions.GetOrAdd(version, static _ => new Counts());

    private sealed class Counts
    {
        private readonly Lock _gate = new();
        private InferenceCounts _counts = InferenceCounts.None;

        public void Add(TimeSpan latency, bool failed)
        {
            var bucket = Array.FindIndex(BoundsInMilliseconds, bound => latency.TotalMilliseconds <= bound);
            lock (_gate)
            {
                _counts.Buckets[bucket < 0 ? BoundsInMilliseconds.Length : bucket]++;
                _counts = _counts with { Requests = _counts.Requests + 1, Errors = _counts.Errors + (failed ? 1 : 0) };
            }
        }

        public InferenceCounts Take()
        {
            lock (_gate)
            {
                return Interlocked.Exchange(ref _counts, InferenceCounts.None);
            }
        }

        public void Return(InferenceCounts counts)
        {
            lock (_gate)
            {
                for (var i = 0; i < counts.Buckets.Length; i++)
                {
                    _counts.Buckets[i] += counts.Buckets[i];
                }

                _counts = _counts with { Requests = _counts.Requests + counts.Requests, Errors = _counts.Errors + counts.Errors };
            }
        }
    }
}
