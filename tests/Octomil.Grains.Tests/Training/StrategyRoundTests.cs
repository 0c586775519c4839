using Octomil.Learning.Strategies;
using Xunit;

namespace Octomil.Training;

/// <summary>Rounds of every strategy from updates to weights: what the folds, the row and sealing make of them is what the rule says.</summary>
public sealed class StrategyRoundTests : IDisposable
{
    private const int Parameters = 41;
    private const int Devices = 9;

    private readonly SealedRound _round = new(Parameters, new RoundOptions { ShardBudgetBytes = 1L << 20 });
    private readonly float[] _base = [.. Values(99)];

    public static TheoryData<string> Names => [.. AggregationStrategies.Names.Where(name => name is not "fedbuff")];

    public void Dispose() => _round.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Round_InAnyOrder_GivesTheSameBits(string name)
    {
        var plan = await PlanAsync(name);
        var updates = Updates(plan).ToArray();
        var first = await _round.RunAsync(plan, updates);

        new Random(5).Shuffle(updates);
        var second = await _round.RunAsync(plan, updates);

        Assert.Equal(first.Sealed.Weights, second.Sealed.Weights);
        Assert.Equal(first.Sealed.OptimizerState.AsSpan().ToArray(), second.Sealed.OptimizerState.AsSpan().ToArray());
        Assert.Equal(Devices, first.Sealed.Tally.Updates);
        Assert.All(first.Weights, value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public async Task FedNova_DividesByTheSteps()
    {
        var plan = await PlanAsync("fednova");
        var (_, weights, _) = await _round.RunAsync(plan, Updates(plan));

        // x += tau_eff sum p d / a.
        var total = Updates(plan).Sum(update => (double)update.Summary.SampleCount);
        var effective = Updates(plan).Sum(update => update.Summary.SampleCount / total * update.Summary.Steps);
        AssertClose(i => effective * Updates(plan).Sum(update => update.Summary.SampleCount / total * update.Values[i] / update.Summary.Steps), weights);
    }

    [Fact]
    public async Task QFedAvg_WeighsByTheLossOfTheBase()
    {
        const double Q = 0.5;
        var plan = await PlanAsync("qfedavg", ("q", "0.5"));
        var (_, weights, _) = await _round.RunAsync(plan, Updates(plan));

        var lipschitz = 1 / plan.Training.LearningRate;
        var down = Updates(plan).Sum(update => (Q * Math.Pow(update.Summary.Loss!.Value, Q - 1) * lipschitz * lipschitz * Square(update.Values)) + (lipschitz * Math.Pow(update.Summary.Loss!.Value, Q)));
        AssertClose(i => Updates(plan).Sum(update => Math.Pow(update.Summary.Loss!.Value, Q) * lipschitz * update.Values[i]) / down, weights);
    }

    [Fact]
    public async Task NormBound_WithoutABound_LetsNoDeviceOfTheFirstRoundPullHarder()
    {
        var plan = await PlanAsync("normbound");
        var updates = Updates(plan).Select(update => update.Device == 4 ? (update.Device, [.. update.Values.Select(value => value * 200)], update.Summary) : update);

        var (result, weights, _) = await _round.RunAsync(plan, updates);
        var (clean, median) = (Updates(plan).Select(update => Math.Sqrt(Square(update.Values))).Order().ElementAt(4), result.Tally.MedianLength!.Value);

        Assert.InRange(median / clean, 0.9, 1.1);
        Assert.InRange(Math.Sqrt(Square([.. weights.Zip(_base, (after, before) => after - before)])), 0, median * 1.01);
    }

    [Fact]
    public async Task CenteredClip_InTwoRounds_ClipsAroundTheLastAggregate()
    {
        const double Tau = 3;
        var plan = await PlanAsync("centeredclip", ("tau", "3"));
        var (first, weights, _) = await _round.RunAsync(plan, Updates(plan));
        var reference = weights.Zip(_base, (after, before) => (double)after - before).ToArray();

        var second = plan with { Base = first.Weights, OptimizerState = first.OptimizerState };
        var (_, after, _) = await _round.RunAsync(second, Updates(plan, seed: 50));

        var expected = reference.ToArray();
        foreach (var update in Updates(plan, seed: 50))
        {
            var distance = Math.Sqrt(update.Values.Zip(reference, (value, last) => (value - last) * (value - last)).Sum());
            for (var i = 0; i < Parameters; i++)
            {
                expected[i] += (update.Values[i] - reference[i]) * Math.Min(1, Tau / distance) / Devices;
            }
        }

        AssertClose(i => expected[i], after, weights);
    }

    [Fact]
    public async Task BucketMedian_OverOrganizations_LeavesTheExcludedOneOut()
    {
        var plan = await PlanAsync("bucketmedian");
        var (_, all, _) = await _round.RunAsync(plan, Updates(plan));
        var (result, without, _) = await _round.RunAsync(plan, Updates(plan), excluded: 2);

        AssertClose(i => Middle(MeanOf(plan, 0, i), MeanOf(plan, 1, i), MeanOf(plan, 2, i)), all);
        AssertClose(i => (MeanOf(plan, 0, i) + MeanOf(plan, 1, i)) / 2, without);
        Assert.Equal((6, 0), (result.Tally.Updates, result.Tally.Organizations[2].Updates));
    }

    [Theory]
    [InlineData("fedavg")]
    [InlineData("fednova")]
    [InlineData("scaffold")]
    [InlineData("fedmedian")]
    public async Task AnExcludedOrganization_IsAsIfItHadSentNothing(string name)
    {
        var plan = await PlanAsync(name);
        var (dropped, _, _) = await _round.RunAsync(plan, Updates(plan), excluded: 1);
        var (absent, _, _) = await _round.RunAsync(plan, Updates(plan).Where(update => plan.OrganizationOfDevice[update.Device] != 1));

        Assert.Equal(absent.Weights, dropped.Weights);
        Assert.Equal(absent.Tally.Samples, dropped.Tally.Samples);
        Assert.Equal(absent.Tally.Accuracy, dropped.Tally.Accuracy);
    }

    [Fact]
    public async Task FedMedian_TakesTheMiddleOfEveryCoordinate()
    {
        var plan = await PlanAsync("fedmedian");
        var (_, weights, _) = await _round.RunAsync(plan, Updates(plan));

        AssertClose(i => Updates(plan).Select(update => (double)update.Values[i]).Order().ElementAt(Devices / 2), weights);
    }

    [Fact]
    public async Task Scaffold_MovesTheWeightsAndTheControl()
    {
        var plan = await PlanAsync("scaffold") with { Population = 2 * Devices };
        var (first, weights, _) = await _round.RunAsync(plan, Updates(plan));

        AssertClose(i => Updates(plan).Average(update => (double)update.Values[i]), weights);
        var control = new float[Parameters];
        Buffer.BlockCopy(_round.Payloads.Weights[first.OptimizerState[0].Sha256], 0, control, 0, Parameters * sizeof(float));
        AssertClose(i => Updates(plan).Average(update => (double)update.Values[Parameters + i]) / 2, control, new float[Parameters]);
    }

    [Fact]
    public async Task FedDyn_KeepsItsCorrectionBetweenRounds()
    {
        const double Alpha = 0.5;
        var plan = await PlanAsync("feddyn", ("alpha", "0.5"));
        var (first, weights, _) = await _round.RunAsync(plan, Updates(plan));
        var (_, after, _) = await _round.RunAsync(plan with { Base = first.Weights, OptimizerState = first.OptimizerState }, Updates(plan));

        // h = -alpha d; x += d - h / alpha, once and again.
        double Mean(int i) => Updates(plan).Average(update => (double)update.Values[i]);
        AssertClose(i => Mean(i) + (Alpha * Mean(i) / Alpha), weights);
        AssertClose(i => 3 * Mean(i), after, weights);
    }

    [Theory]
    [InlineData("fednova", "steps")]
    [InlineData("qfedavg", "loss")]
    public async Task Submit_WithoutWhatTheStrategyNeeds_IsRefused(string name, string fact)
    {
        var plan = await PlanAsync(name);
        var update = Updates(plan).First();
        var summary = fact == "steps" ? update.Summary with { Steps = 0 } : update.Summary with { Loss = null };

        var fold = _round.Fold("a", plan, new StateRound(plan));

        Assert.Equal(SubmitUpdateResult.FactsMissing, await SealedRound.SubmitAsync(fold, 0, update.Values, summary));
        Assert.Empty(_round.Payloads.Checkpoints);
        Assert.Equal(SubmitUpdateResult.Accepted, await SealedRound.SubmitAsync(fold, 0, update.Values, update.Summary));
    }

    [Fact]
    public async Task StoredUpdates_OfARefusedBatch_AreNotKept()
    {
        var plan = await PlanAsync("krum");
        var row = new StateRound(plan);
        var (a, b) = (_round.Fold("a", plan, row), _round.Fold("b", plan, row));
        var updates = Updates(plan).ToArray();
        await SealedRound.SubmitAsync(a, 0, updates[0].Values, updates[0].Summary);

        Assert.Equal(SubmitUpdateResult.CountedBefore, await SealedRound.SubmitAsync(b, 0, updates[0].Values, updates[0].Summary));
        Assert.Equal(SubmitUpdateResult.Accepted, await SealedRound.SubmitAsync(b, 1, updates[1].Values, updates[1].Summary));

        // Two lists with one update each.
        await _round.Payloads.WaitForCheckpointsAsync(4, TestContext.Current.CancellationToken);
        Assert.Equal(4, _round.Payloads.Checkpoints.Count);
        Assert.Equal([0, 1], row.State.CountedDevices());
    }

    private async Task<RoundPlan> PlanAsync(string name, params (string Name, string Value)[] parameters)
    {
        var plan = await _round.FromAsync(SealedRound.Plan(Devices, name, parameters), _base);
        plan = plan with { Organizations = ["org_1", "org_2", "org_3"], OrganizationOfDevice = [.. Enumerable.Range(0, Devices).Select(device => device % 3)] };
        return RoundRules.Of(plan).KeepsUpdates || plan.Buckets > 0 ? plan : Plans.InBuckets(plan);
    }

    private static IEnumerable<(int Device, float[] Values, UpdateSummary Summary)> Updates(RoundPlan plan, int seed = 0) => Enumerable.Range(0, Devices)
        .Select(device => (device, Values(seed + device, plan.Strategy == "scaffold" ? 2 * Parameters : Parameters), new UpdateSummary
        {
            FullWeights = false, SampleCount = 10 + device, Steps = 3 + (device % 4), Loss = 0.3 + (0.1 * device), EvaluationCount = 5, EvaluationAccuracy = device / 10.0,
        }));

    private static float[] Values(int seed, int count = Parameters)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
    }

    private static double Square(float[] values) => values.Sum(value => (double)value * value);

    private static double MeanOf(RoundPlan plan, int organization, int i) =>
        Updates(plan).Where(update => plan.OrganizationOfDevice[update.Device] == organization).Average(update => (double)update.Values[i]);

    private static double Middle(params double[] values) => values.Order().ElementAt(values.Length / 2);

    private void AssertClose(Func<int, double> difference, float[] weights, float[]? from = null) => Assert.All(
        Enumerable.Range(0, Parameters), i => Assert.Equal((from ?? _base)[i] + difference(i), weights[i], 2e-6));
}
