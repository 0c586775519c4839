using System.Collections.Immutable;

namespace Octomil.Training;

/// <summary>What devices answered in a round whose answers are kept in memory only, in the order of the cohort.</summary>
internal sealed class VolatileAnswers
{
    private readonly SortedDictionary<int, DeviceStatistics?> _statistics = [];
    private readonly SortedDictionary<int, DeviceEvaluation> _evaluations = [];

    public int Count => _statistics.Count + _evaluations.Count;

    public IReadOnlyList<DeviceStatistics> Statistics => [.. _statistics.Values.OfType<DeviceStatistics>()];

    public bool Has(int device) => _statistics.ContainsKey(device) || _evaluations.ContainsKey(device);

    /// <param name="device">Its index in the cohort.</param>
    /// <param name="statistics">Null where the device has too little data to say anything.</param>
    public void Add(int device, DeviceStatistics? statistics) => _statistics.TryAdd(device, statistics);

    /// <summary>Takes back what these devices answered.</summary>
    public void Remove(Func<int, bool> isOut)
    {
        _statistics.Keys.Where(isOut).ToList().ForEach(device => _statistics.Remove(device));
        _evaluations.Keys.Where(isOut).ToList().ForEach(device => _evaluations.Remove(device));
    }

    public void Add(int device, DeviceEvaluation evaluation) => _evaluations.TryAdd(device, evaluation);

    /// <summary>Averages weighted by the number of rows that were evaluated.</summary>
    public RoundTally TallyOfEvaluations(RoundPlan plan)
    {
        var names = _evaluations.Values.SelectMany(evaluation => evaluation.Metrics.Keys).Distinct(StringComparer.Ordinal);

        return new RoundTally
        {
            Updates = _evaluations.Count,
            Samples = 0,
            EvaluationCount = _evaluations.Values.Sum(evaluation => evaluation.Count),
            Accuracy = Average(evaluation => evaluation.Accuracy),
            Loss = Average(evaluation => evaluation.Loss),
            Metrics = names
                .Select(name => KeyValuePair.Create(name, Average(evaluation => evaluation.Metrics.TryGetValue(name, out var value) ? value : null)))
                .Where(metric => metric.Value is not null)
                .ToImmutableSortedDictionary(metric => metric.Key, metric => metric.Value!.Value, StringComparer.Ordinal),
            Organizations =
            [
                .. plan.Organizations.Select((id, index) => new OrganizationTally
                {
                    OrganizationId = id, Samples = 0, Updates = _evaluations.Keys.Count(device => plan.OrganizationOfDevice[device] == index),
                }),
            ],
        };
    }

    private double? Average(Func<DeviceEvaluation, double?> value)
    {
        var (sum, count) = (0.0, 0L);

        foreach (var evaluation in _evaluations.Values)
        {
            if (value(evaluation) is { } number)
            {
                sum += number * evaluation.Count;
                count += evaluation.Count;
            }
        }

        return count == 0 ? null : sum / count;
    }
}
