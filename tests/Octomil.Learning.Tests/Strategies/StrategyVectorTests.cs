using Octomil.Learning.Aggregation;
using Octomil.Learning.Strategies;

namespace Octomil.Learning.Tests.Strategies;

public sealed class StrategyVectorTests
{
    public static TheoryData<string> FedAvg => StrategyVector.Ids("fedavg");

    public static TheoryData<string> FedProx => StrategyVector.Ids("fedprox_client");

    public static TheoryData<string> FedAvgM => StrategyVector.Ids("fedavgm");

    public static TheoryData<string> Adaptive =>
        [.. new[] { "fedadagrad", "fedadam", "fedyogi" }.SelectMany(name => StrategyVector.Ids(name)).Select(row => row.Data)];

    [Theory]
    [MemberData(nameof(FedAvg))]
    public void FedAvg_OfAVector_GivesItsModel(string id)
    {
        var vector = StrategyVector.ById(id);
        var (strategy, weights) = FedAvgOf(vector);
        var model = vector.GlobalModel;

        strategy.Optimizer.Apply(StrategyVector.Mean(StrategyVector.Deltas(vector.Input), weights), model, []);

        StrategyVector.AssertClose(StrategyVector.Numbers(vector.Expected, "model"), model);
    }

    [Theory]
    [MemberData(nameof(FedAvg))]
    public void FedAvg_OfAVectorThroughTheFold_GivesItsModelWithinTheSteps(string id)
    {
        var vector = StrategyVector.ById(id);
        var (strategy, weights) = FedAvgOf(vector);
        var deltas = StrategyVector.Deltas(vector.Input);
        var plan = new FoldPlan(1, 1000, deltas.Length);
        var (sums, mean, model) = (new ExactSums(4), new double[4], vector.GlobalModel);

        ExactFold.Add(sums, plan, [.. deltas.Zip(weights, (delta, weight) => new FoldInput(delta.Select(value => (float)value).ToArray(), 1, (long)weight))]);
        ExactFold.Mean(sums.ToArray(), plan, weights.Sum(), mean);
        strategy.Optimizer.Apply(mean, model, []);

        // The vector's decimals are rounded to float32 first: half a unit in the last place of a number below 1.
        var tolerance = Math.ScaleB(1, -25) + (deltas.Length * plan.Step) + 1e-12;
        Assert.All(StrategyVector.Numbers(vector.Expected, "model").Zip(model), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= tolerance));
    }

    [Theory]
    [MemberData(nameof(FedProx))]
    public void ProximalTerm_OfAVector_GivesItsDelta(string id)
    {
        var vector = StrategyVector.ById(id);
        var (start, a, b) = (vector.GlobalModel, StrategyVector.Numbers(vector.Input, "quad_A"), StrategyVector.Numbers(vector.Input, "quad_b"));
        var weights = start.ToArray();

        for (var step = 0; step < vector.Number("steps", 0); step++)
        {
            var gradient = weights.Select((weight, i) => (a[i] * weight) - b[i]).ToArray();
            ProximalTerm.AddGradient(gradient, weights, start, vector.Number("mu", 0));
            weights = [.. weights.Zip(gradient, (weight, slope) => weight - (vector.Number("lr", 0) * slope))];
        }

        StrategyVector.AssertClose(StrategyVector.Numbers(vector.Expected, "delta"), weights.Zip(start, (weight, first) => weight - first).ToArray());
    }

    [Theory]
    [MemberData(nameof(FedAvgM))]
    public void FedAvgM_OfAVector_GivesItsRounds(string id)
    {
        var vector = StrategyVector.ById(id);
        var optimizer = new MomentumOptimizer(vector.Number("server_lr", 1), vector.Number("momentum", 0), vector.Flag("nesterov"));

        AssertRounds(vector, _ => optimizer, "velocity");
    }

    [Theory]
    [MemberData(nameof(Adaptive))]
    public void AdaptiveStrategies_OfAVector_GiveItsRounds(string id)
    {
        var vector = StrategyVector.ById(id);

        AssertRounds(vector, round => AdaptiveOf(vector, id, round), "m", "v");
    }

    private static (AggregationStrategy Strategy, double[] Weights) FedAvgOf(StrategyVector vector)
    {
        var weighting = vector.Text("weighting");
        var strategy = AggregationStrategies.Create("fedavg", new Dictionary<string, string>
        {
            ["server_lr"] = vector.Number("server_lr", 1).ToString("R", System.Globalization.CultureInfo.InvariantCulture),
            ["weighting"] = weighting == "uniform" ? "uniform" : "examples",
        });
        var examples = StrategyVector.Numbers(vector.Input, "examples");
        var cap = vector.Number("cap", double.MaxValue);
        return (strategy, [.. examples.Select(count => strategy.Weighting is Weighting.Uniform ? 1 : Math.Min(count, cap))]);
    }

    private static IServerOptimizer AdaptiveOf(StrategyVector vector, string id, int round)
    {
        var (beta1, beta2) = (vector.Number("beta1", 0), vector.Number("beta2", 0));

        // Bias correction is not offered; as a factor of the learning rate it belongs to the round.
        var correction = vector.Flag("bias_correction") ? Math.Sqrt(1 - Math.Pow(beta2, round)) / (1 - Math.Pow(beta1, round)) : 1;
        var constants = new AdaptiveConstants(vector.Number("eta", 0) * correction, beta1, beta2, vector.Number("tau", 0)) { InitialVariance = vector.Number("v0", 0) };
        return id.Split('-')[0] switch
        {
            "fedadagrad" => new AdagradOptimizer(constants),
            "fedadam" => new AdamOptimizer(constants),
            _ => new YogiOptimizer(constants),
        };
    }

    private static void AssertRounds(StrategyVector vector, Func<int, IServerOptimizer> optimizerOf, params string[] states)
    {
        var model = vector.GlobalModel;
        var state = new double[states.Length * model.Length];
        for (var index = 0; index < states.Length; index++)
        {
            optimizerOf(1).InitializeState(index, state.AsSpan(index * model.Length, model.Length));
        }

        var rounds = vector.Input.GetProperty("rounds").EnumerateArray().Zip(vector.Expected.GetProperty("rounds").EnumerateArray());
        foreach (var (number, (round, expected)) in rounds.Index())
        {
            var optimizer = optimizerOf(number + 1);
            Assert.Equal(states.Length, optimizer.StateVectors);
            optimizer.Apply(StrategyVector.Mean(StrategyVector.Deltas(round), StrategyVector.Numbers(round, "examples")), model, state);

            StrategyVector.AssertClose(StrategyVector.Numbers(expected, "model"), model);
            foreach (var (index, name) in states.Index())
            {
                StrategyVector.AssertClose(StrategyVector.Numbers(expected, name), state.AsSpan(index * model.Length, model.Length));
            }
        }
    }
}
