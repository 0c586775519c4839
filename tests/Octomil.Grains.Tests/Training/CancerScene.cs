using System.Collections.Immutable;
using System.Globalization;

namespace Octomil.Training;

/// <summary>
/// Twelve devices of three organizations train a logistic regression on the breast-cancer table together, through the real folds and the real
/// sealing. Every fourth row is for testing. The third organization's devices, a third of all, may be bad.
/// </summary>
internal sealed class CancerScene : IDisposable
{
    public const int Devices = 12;

    private const int Features = 30;
    private const int Rounds = 30;
    private const int LocalSteps = 5;
    private const double LearningRate = 0.3;

    private static readonly (double[] Features, int Label)[] Rows = Read();

    private readonly SealedRound _round = new(Features + 1);

    public static bool IsBad(int device) => device % 3 == 2;

    /// <summary>
    /// The accuracy after the last round. A bad device trains on labels that are the other way round, and sends what it learned
    /// <paramref name="boost"/> times over, as an attacker does who wants to outvote two honest devices; 0: there is none.
    /// </summary>
    public async Task<double> TrainAsync(double boost, string strategy, params (string Name, string Value)[] parameters)
    {
        var (weights, state, bounds) = (new float[Features + 1], ImmutableArray<WeightsRef>.Empty, new RunState());

        for (var number = 1; number <= Rounds; number++)
        {
            var plan = (await PlanAsync(strategy, parameters, weights)) with
            {
                OptimizerState = state,
                LengthBound = new Octomil.Learning.Strategies.NormHistory { Medians = bounds.MedianLengths }.MaxNorm is var bound && double.IsFinite(bound) ? bound : null,
            };
            var (result, next, _) = await _round.RunAsync(plan, Enumerable.Range(0, Devices).Select(device => UpdateOf(device, weights, IsBad(device) ? boost : 0)));
            (weights, state) = (next, result.OptimizerState);
            bounds = result.Tally.MedianLength is { } median ? bounds with { MedianLengths = bounds.MedianLengths.Add(median) } : bounds;
        }

        return Accuracy(weights);
    }

    public async Task<RoundPlan> PlanAsync(string strategy, (string Name, string Value)[] parameters, float[] weights)
    {
        var plan = await _round.FromAsync(SealedRound.Plan(Devices, strategy, parameters), weights);
        plan = plan with { Organizations = ["org_1", "org_2", "org_3"], OrganizationOfDevice = [.. Enumerable.Range(0, Devices).Select(device => device % 3)] };
        return RoundRules.Of(plan).KeepsUpdates || plan.Buckets > 0 ? plan : Plans.InBuckets(plan);
    }

    /// <summary>The weights after one round in which the device says that it has so many samples.</summary>
    public async Task<(float[] Weights, RoundTally Tally)> ClaimAsync(string strategy, long samples, long most)
    {
        var weights = new float[Features + 1];
        var plan = await PlanAsync(strategy, [], weights) with { MaxSampleCount = most };
        var updates = Enumerable.Range(0, Devices).Select(device => UpdateOf(device, weights, 0)).Select(update =>
            update.Device == 4 ? (update.Device, update.Values, update.Summary with { SampleCount = samples }) : update);
        var (result, next, _) = await _round.RunAsync(plan, updates);
        return (next, result.Tally);
    }

    public void Dispose() => _round.Dispose();

    private static (int Device, float[] Values, UpdateSummary Summary) UpdateOf(int device, float[] start, double boost)
    {
        var rows = Rows.Where((_, i) => i % 4 != 0 && i / 4 % Devices == device).ToArray();
        double[] weights = [.. start.Select(value => (double)value)];

        for (var step = 0; step < LocalSteps; step++)
        {
            var gradient = new double[weights.Length];

            foreach (var (features, label) in rows)
            {
                var error = Probability(features, weights) - (boost > 0 ? 1 - label : label);
                gradient[Features] += error / rows.Length;

                for (var i = 0; i < Features; i++)
                {
                    gradient[i] += error * features[i] / rows.Length;
                }
            }

            weights = [.. weights.Zip(gradient, (weight, slope) => weight - (LearningRate * slope))];
        }

        float[] difference = [.. weights.Zip(start, (after, before) => (float)((after - before) * (boost > 0 ? boost : 1)))];
        return (device, difference, new UpdateSummary { FullWeights = false, SampleCount = rows.Length, Steps = LocalSteps, Loss = 0.5 });
    }

    private static double Accuracy(float[] weights)
    {
        double[] wide = [.. weights.Select(value => (double)value)];
        var test = Rows.Where((_, i) => i % 4 == 0).ToArray();
        return test.Count(row => Probability(row.Features, wide) > 0.5 == (row.Label == 1)) / (double)test.Length;
    }

    private static double Probability(double[] features, double[] weights)
    {
        var z = weights[Features];

        for (var i = 0; i < Features; i++)
        {
            z += features[i] * weights[i];
        }

        return 1 / (1 + Math.Exp(-z));
    }

    private static (double[], int)[] Read()
    {
        var cells = File.ReadLines(Path.Combine(AppContext.BaseDirectory, "patients.csv")).Skip(1).Select(line => line.Split(',')).ToArray();
        double[][] numbers = [.. cells.Select(row => row[..Features].Select(cell => double.Parse(cell, CultureInfo.InvariantCulture)).ToArray())];

        for (var column = 0; column < Features; column++)
        {
            var mean = numbers.Average(row => row[column]);
            var deviation = Math.Sqrt(numbers.Average(row => (row[column] - mean) * (row[column] - mean)));

            foreach (var row in numbers)
            {
                row[column] = (row[column] - mean) / deviation;
            }
        }

        return [.. numbers.Zip(cells, (row, text) => (row, text[Features] == "malignant" ? 1 : 0))];
    }
}
