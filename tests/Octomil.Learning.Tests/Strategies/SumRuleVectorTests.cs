using System.Text.Json;
using Octomil.Learning.Aggregation;
using Octomil.Learning.Strategies;

namespace Octomil.Learning.Tests.Strategies;

public sealed class SumRuleVectorTests
{
    public static TheoryData<string> FedNova => StrategyVector.Ids("fednova");

    public static TheoryData<string> QFedAvg => StrategyVector.Ids("qfedavg");

    public static TheoryData<string> FedBuff => StrategyVector.Ids("fedbuff");

    [Theory]
    [MemberData(nameof(FedNova))]
    public void FedNova_OfAVector_GivesItsModel(string id)
    {
        var vector = StrategyVector.ById(id);
        var (training, constant) = vector.Text("local") switch
        {
            "momentum" => (LocalTraining.Momentum, vector.Number("rho", 0)),
            "prox" => (LocalTraining.Proximal, vector.Number("lr", 0) * vector.Number("mu", 0)),
            _ => (LocalTraining.Sgd, 0),
        };
        var rule = new FedNovaRule(training, constant);
        var steps = StrategyVector.Numbers(vector.Input, "local_steps");
        var examples = StrategyVector.Numbers(vector.Input, "examples");

        StrategyVector.AssertClose(StrategyVector.Numbers(vector.Expected, "a_norm"), [.. steps.Select(count => rule.StepNorm((long)count))]);
        AssertModel(vector, rule, i => new UpdateFacts { Steps = (long)steps[i], SampleCount = (long)examples[i] });
    }

    [Theory]
    [MemberData(nameof(QFedAvg))]
    public void QFedAvg_OfAVector_GivesItsModel(string id)
    {
        var vector = StrategyVector.ById(id);
        var losses = StrategyVector.Numbers(vector.Input, "losses");

        AssertModel(vector, new QFedAvgRule(vector.Number("q", 0), vector.Number("client_lr", 0)), i => new UpdateFacts { Loss = losses[i] });
    }

    [Fact]
    public void NormBound_OfAVector_GivesItsAggregate()
    {
        var vector = StrategyVector.ById("norm_bounding-40");

        var aggregate = Aggregate(new NormBoundRule(vector.Number("max_norm", 0)), StrategyVector.Deltas(vector.Input), _ => default);

        StrategyVector.AssertClose(StrategyVector.Numbers(vector.Expected, "aggregate"), aggregate);
    }

    [Fact]
    public void CenteredClip_OfAVector_GivesItsAggregate()
    {
        var vector = StrategyVector.ById("centered_clipping-41");
        var reference = StrategyVector.Numbers(vector.Input, "reference");
        var deltas = StrategyVector.Deltas(vector.Input);

        var aggregate = Aggregate(new CenteredClipRule(vector.Number("tau", 0)), deltas, i => new UpdateFacts { SquaredDistance = Distances.Squared(deltas[i], reference) }, reference);

        StrategyVector.AssertClose(StrategyVector.Numbers(vector.Expected, "aggregate"), aggregate);
    }

    [Theory]
    [MemberData(nameof(FedBuff))]
    public void FedBuff_OfAVector_GivesItsFlushes(string id)
    {
        var vector = StrategyVector.ById(id);
        var rule = new FedBuffRule(maxStaleness: 20, byWeights: vector.Text("normalize") == "weights");
        var (model, buffer, version) = (vector.GlobalModel, new List<(double[] Delta, int Staleness)>(), 0);
        using var flushes = vector.Expected.GetProperty("flushes").EnumerateArray();
        foreach (var arrival in vector.Input.GetProperty("arrivals").EnumerateArray())
        {
            buffer.Add((StrategyVector.Numbers(arrival, "delta"), version - arrival.GetProperty("base_version").GetInt32()));
            if (buffer.Count == (int)vector.Number("buffer", 0))
            {
                Assert.True(flushes.MoveNext());
                var mean = Aggregate(rule, [.. buffer.Select(item => item.Delta)], i => new UpdateFacts { Staleness = buffer[i].Staleness });
                AggregationStrategies.Create("fedavg", new Dictionary<string, string>
                {
                    ["server_lr"] = vector.Number("server_lr", 1).ToString("R", System.Globalization.CultureInfo.InvariantCulture),
                }).Optimizer.Apply(mean, model, []);
                (version, _) = (version + 1, buffer.RemoveAll(_ => true));

                StrategyVector.AssertClose(StrategyVector.Numbers(flushes.Current, "model"), model);
                Assert.Equal(flushes.Current.GetProperty("version").GetInt32(), version);
            }
        }

        Assert.False(flushes.MoveNext());
    }

    [Fact]
    public void FedDyn_OfAVector_GivesItsModelAndState()
    {
        var vector = StrategyVector.ById("feddyn_server-44");
        var deltas = StrategyVector.Deltas(vector.Input);
        var (model, state) = (vector.GlobalModel, StrategyVector.Numbers(vector.Input, "h"));

        new FedDynOptimizer(vector.Number("alpha", 0), deltas.Length / vector.Number("total_clients", 0))
            .Apply(StrategyVector.Mean(deltas, [.. deltas.Select(_ => 1.0)]), model, state);

        StrategyVector.AssertClose(StrategyVector.Numbers(vector.Expected, "model"), model);
        StrategyVector.AssertClose(StrategyVector.Numbers(vector.Expected, "h"), state);
    }

    [Fact]
    public void Scaffold_OfAVector_GivesItsModelAndControls()
    {
        var vector = StrategyVector.ById("scaffold-22");
        var control = StrategyVector.Numbers(vector.Input, "server_control");
        var (steps, rate) = ((int)vector.Number("steps", 0), vector.Number("client_lr", 0));
        var (own, a, b) = (Rows(vector.Input, "client_controls"), Rows(vector.Input, "quad_A"), Rows(vector.Input, "quad_b"));
        var deltas = own.Select((c, device) =>
        {
            var weights = vector.GlobalModel;
            for (var step = 0; step < steps; step++)
            {
                var gradient = weights.Select((weight, i) => (a[device][i] * weight) - b[device][i]).ToArray();
                Scaffold.Correct(gradient, c, control);
                weights = [.. weights.Zip(gradient, (weight, slope) => weight - (rate * slope))];
            }

            return weights.Zip(vector.GlobalModel, (weight, start) => weight - start).ToArray();
        }).ToArray();
        var controlDeltas = deltas.Select(delta =>
        {
            var difference = new double[delta.Length];
            Scaffold.ControlDifference(delta, control, steps, rate, difference);
            return difference;
        }).ToArray();

        Assert.All(Rows(vector.Expected, "client_deltas").Zip(deltas), pair => StrategyVector.AssertClose(pair.First, pair.Second));
        Assert.All(Rows(vector.Expected, "client_control_deltas").Zip(controlDeltas), pair => StrategyVector.AssertClose(pair.First, pair.Second));
        double[] ones = [.. deltas.Select(_ => 1.0)];
        var model = vector.GlobalModel.Zip(StrategyVector.Mean(deltas, ones), (weight, delta) => weight + (vector.Number("server_lr", 1) * delta)).ToArray();
        Scaffold.Apply(StrategyVector.Mean(controlDeltas, ones), deltas.Length / vector.Number("total_clients", 0), control);
        StrategyVector.AssertClose(StrategyVector.Numbers(vector.Expected, "model"), model);
        StrategyVector.AssertClose(StrategyVector.Numbers(vector.Expected, "server_control"), control);
    }

    /// <summary>The aggregate of a rule of sums, in doubles; the facts of an update are completed with its square.</summary>
    internal static double[] Aggregate(ISumRule rule, double[][] deltas, Func<int, UpdateFacts> factsOf, double[]? reference = null)
    {
        var (sums, totals, column) = (new double[deltas[0].Length], new SumTotals(deltas.Length, 0, 0), new ColumnSum());
        foreach (var (index, delta) in deltas.Index())
        {
            var entry = rule.Enter(factsOf(index) with { SumOfSquares = delta.Sum(value => value * value) });
            Assert.InRange(entry.Factor, 0, rule.MaxFactor);
            (column, totals) = (column.Add(entry.Column), totals with { Weight = totals.Weight + entry.Weight });
            sums = [.. sums.Zip(delta, (sum, value) => sum + (value * entry.Factor * entry.Weight))];
        }

        var scale = rule.Scale(totals with { Column = column.Value });
        return [.. sums.Select((sum, i) => (sum * scale.OfSum) + ((reference?[i] ?? 0) * scale.OfReference))];
    }

    private static void AssertModel(StrategyVector vector, ISumRule rule, Func<int, UpdateFacts> factsOf) => StrategyVector.AssertClose(
        StrategyVector.Numbers(vector.Expected, "model"), [.. vector.GlobalModel.Zip(Aggregate(rule, StrategyVector.Deltas(vector.Input), factsOf), (weight, delta) => weight + delta)]);

    private static double[][] Rows(JsonElement element, string name) =>
        [.. element.GetProperty(name).EnumerateArray().Select(row => row.EnumerateArray().Select(number => number.GetDouble()).ToArray())];
}
