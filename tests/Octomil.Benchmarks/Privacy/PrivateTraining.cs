using System.Buffers.Binary;
using Octomil.Client;
using Octomil.Client.Training;
using Octomil.Client.Training.Tables;
using Octomil.Learning.Aggregation;
using Octomil.Learning.Architectures;
using Octomil.Learning.Privacy;
using Octomil.Learning.Weights;

namespace Octomil.Benchmarks;

/// <summary>
/// Private training in one process by the service's own parts: the SDK's training and clip on each device, the server's clip, the exact
/// fold on the private grid, one noise on the sum, the charge, the mean as the step. Every device takes part in every round, and each
/// organization's ledger pays for it.
/// </summary>
internal sealed class PrivateTraining
{
    /// <summary>At which an organization's budget is converted.</summary>
    public const double Delta = 1e-5;

    private const long MostSamples = 1024;
    private const double LargestValue = 1e3;

    private readonly Architecture _architecture;
    private readonly InputScaling _scaling;
    private readonly int _organizations;
    private readonly List<TabularData> _devices;
    private readonly TabularData _test;

    /// <param name="learning">Every number feature has a public range: a private run may not look at the data for its scale.</param>
    public PrivateTraining(LearningCase learning)
    {
        _architecture = learning.Architecture;
        _scaling = InputScaling.FromRanges(_architecture, out var missing);
        if (missing.Count > 0)
        {
            throw new ArgumentException($"The features {string.Join(", ", missing)} have no public range.", nameof(learning));
        }

        _organizations = learning.Organizations.Count;
        _devices = [.. learning.Organizations.SelectMany(organization => organization).Select(path => TabularData.Load(path, _architecture))];
        _test = TabularData.Load(learning.Test, _architecture);
    }

    /// <summary>How often the class that most training rows have is right on the test rows: what costs no privacy and needs no model.</summary>
    public double MajorityAccuracy
    {
        get
        {
            var isPositive = _devices.Sum(Positives) * 2 > _devices.Sum(device => device.Rows);
            return (isPositive ? Positives(_test) : _test.Rows - Positives(_test)) / (double)_test.Rows;
        }
    }

    /// <summary>Trains, and measures the last model on the test data.</summary>
    /// <param name="settings">The run.</param>
    /// <param name="epsilon">What the whole run may cost an organization at <see cref="Delta"/>; null: no clip, no noise, examples as weights.</param>
    /// <param name="seed">Of the order of rows and of the noise, so that the figures can be had again; a real noise has a key that nobody knows.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Evaluation Run(PrivateSettings settings, double? epsilon, int seed, CancellationToken cancellationToken)
    {
        var trainer = new TorchTrainer(_architecture);
        var weights = _scaling.ApplyTo(_architecture.Initialize());
        var limit = epsilon is { } budget ? new PrivacyLimit { Epsilon = budget, Delta = Delta } : null;
        var grid = limit is null ? null : new PrivateGrid(settings.Clip, RoundCost.NoiseMultiplierFor(limit, settings.Rounds));
        var ledgers = Enumerable.Repeat(limit is null ? null : new PrivacyLedger().Open(limit), _organizations).ToArray();
        for (var round = 1; round <= settings.Rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var results = _devices.Select((data, device) => trainer.Train(weights, data, OptionsOf(settings, grid, seed, round, device), null, cancellationToken)).ToList();
            var step = grid is null ? Mean(results) : PrivateMean(results, grid, KeyOf(seed, round));
            ledgers = [.. ledgers.Select(ledger => ledger is null ? null : Charge(ledger, $"round-{round}", RoundCost.Of(grid!.NoiseMultiplier)))];
            weights = weights.WithTrained([.. weights.Trained.Zip(step, (weight, change) => (float)(weight + change))]);
        }

        return trainer.Evaluate(weights, _test, cancellationToken: cancellationToken);
    }

    private static int Positives(TabularData data) => data.Targets.Count(1f);

    private static PrivacyLedger Charge(PrivacyLedger ledger, string attempt, double cost)
    {
        var (held, decision) = ledger.Reserve(attempt, cost);
        return decision is LedgerDecision.Done
            ? held.Commit(attempt, DateTimeOffset.UnixEpoch).Next
            : throw new InvalidOperationException($"The ledger does not pay for {attempt}: {decision}.");
    }

    private static double[] PrivateMean(List<TrainingResult> results, PrivateGrid grid, byte[] key)
    {
        var sums = Fold(results, grid.Plan, result =>
        {
            var squares = ValueNorms.SumOfSquares(result.Difference);
            return new FoldInput(result.Difference, Clipping.Factor(squares, result.Difference.Length, grid.Clip), Weight: 1);
        });
        using var noise = new GaussianNoise(key, grid.NoiseUnits);
        noise.AddTo(sums, 0);
        return Divide(sums, grid.Plan, results.Count);
    }

    private static double[] Mean(List<TrainingResult> results)
    {
        var plan = new FoldPlan(LargestValue, MostSamples, results.Count);
        return Divide(Fold(results, plan, result => new FoldInput(result.Difference, 1, result.SampleCount)), plan, results.Sum(result => (long)result.SampleCount));
    }

    private static long[] Fold(List<TrainingResult> results, FoldPlan plan, Func<TrainingResult, FoldInput> input)
    {
        var sums = new ExactSums(results[0].Difference.Length);
        ExactFold.Add(sums, plan, results.Select(input).ToArray());
        return sums.ToArray();
    }

    private static double[] Divide(long[] sums, FoldPlan plan, double denominator)
    {
        var mean = new double[sums.Length];
        ExactFold.Mean(sums, plan, denominator, mean);
        return mean;
    }

    private static LocalTrainingOptions OptionsOf(PrivateSettings settings, PrivateGrid? grid, int seed, int round, int device) => new()
    {
        Epochs = settings.Epochs,
        LearningRate = settings.LearningRate,
        ClipNorm = grid?.Clip,
        Holdout = 0,
        ShuffleSeed = RoundSeed.For(seed, round, $"device-{device}"),
    };

    private static byte[] KeyOf(int seed, int round)
    {
        var key = new byte[32];
        BinaryPrimitives.WriteInt32LittleEndian(key, seed);
        BinaryPrimitives.WriteInt32LittleEndian(key.AsSpan(sizeof(int)), round);
        return key;
    }
}
