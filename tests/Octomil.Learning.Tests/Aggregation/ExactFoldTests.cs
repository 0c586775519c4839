using System.Numerics;
using System.Runtime.Intrinsics.X86;
using CsCheck;
using Octomil.Learning.Aggregation;

namespace Octomil.Learning.Tests.Aggregation;

public sealed class ExactFoldTests
{
    public static TheoryData<string> Kernels => Avx512DQ.IsSupported
        ? new(nameof(FoldKernel.Best), nameof(FoldKernel.Avx512), nameof(FoldKernel.Vector256), nameof(FoldKernel.Scalar))
        : new(nameof(FoldKernel.Best), nameof(FoldKernel.Vector256), nameof(FoldKernel.Scalar));

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Add_WithAnyKernel_GivesTheIntegersOfTheDefinition(string kernel) => FoldGenerators.Round.Sample(round =>
    {
        var used = KernelFor(kernel, round.Plan);
        var sums = Zeros(round.Inputs);

        ExactFold.Run(sums, round.Plan, round.Inputs, 1, used);

        Assert.Equal(Definition(round.Plan, round.Inputs), sums.ToArray());
    });

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Subtract_WithAnyKernel_UndoesAdd(string kernel) => FoldGenerators.Round.Sample(round =>
    {
        var sums = Zeros(round.Inputs);
        var before = Enumerable.Range(1, sums.Length).Select(i => (long)(i - 30) << 43).ToArray();
        sums.Load(0, before);
        ExactFold.Add(sums, round.Plan, round.Inputs);

        ExactFold.Run(sums, round.Plan, round.Inputs, -1, KernelFor(kernel, round.Plan));

        Assert.Equal(before, sums.ToArray());
    });

    [Fact]
    public void Add_InAnyOrderAndGrouping_GivesTheSameSums() =>
        FoldGenerators.Round.SelectMany(round => Gen.Shuffle(round.Inputs).Select(Gen.Int[1, 5], (shuffled, batch) => (round.Plan, round.Inputs, shuffled, batch))).Sample(sample =>
        {
            var expected = Zeros(sample.Inputs);
            ExactFold.Add(expected, sample.Plan, sample.Inputs);
            var (sums, elsewhere) = (Zeros(sample.Inputs), Zeros(sample.Inputs));

            foreach (var (index, batch) in sample.shuffled.Chunk(sample.batch).Index())
            {
                ExactFold.Add(index % 2 == 0 ? sums : elsewhere, sample.Plan, batch);
            }

            var merged = sums.ToArray();
            ExactFold.Merge(merged, elsewhere.ToArray());
            Assert.Equal(expected.ToArray(), merged);
        });

    [Fact]
    public void Subtract_OfSomeInputs_LeavesTheSumOfTheOthers() => FoldGenerators.Round.Sample(round =>
    {
        var (kept, dropped) = (round.Inputs.Where((_, i) => i % 2 == 0).ToArray(), round.Inputs.Where((_, i) => i % 2 == 1).ToArray());
        var sums = Zeros(round.Inputs);
        ExactFold.Add(sums, round.Plan, round.Inputs);

        ExactFold.Subtract(sums, round.Plan, dropped);

        Assert.Equal(Definition(round.Plan, kept, sums.Length), sums.ToArray());
    });

    [Fact]
    public void Add_OnThreads_GivesTheSameSums() => Gen.Select(FoldGenerators.Round, Gen.Int[1, 3]).Sample(sample =>
    {
        var ((plan, inputs), threads) = sample;
        var sums = Zeros(inputs);

        ExactFold.Add(sums, plan, inputs, threads);

        Assert.Equal(Definition(plan, inputs), sums.ToArray());
        ExactFold.Subtract(sums, plan, inputs, threads);
        Assert.All(sums.ToArray(), sum => Assert.Equal(0, sum));
    });

    [Fact]
    public void Add_OfManyCoordinatesOnThreads_GivesTheSameSums()
    {
        var plan = new FoldPlan(1, 100, 100);
        var values = Enumerable.Range(0, 10_007).Select(i => (float)Math.Sin(i)).ToArray();
        FoldInput[] inputs = [.. Enumerable.Range(1, 7).Select(i => new FoldInput(values, 1.0 / i, i))];
        var sums = new ExactSums(values.Length);

        ExactFold.Add(sums, plan, inputs, 3);

        Assert.Equal(Definition(plan, inputs), sums.ToArray());
    }

    [Fact]
    public void Add_OfTheLargestUpdatesOfAPlan_DoesNotOverflow() => FoldGenerators.Plan.Sample(plan =>
    {
        var largest = (BigInteger)(long)(plan.MaxMagnitude / plan.Step) * plan.MaxWeight * plan.MaxUpdates;

        Assert.True(largest <= BigInteger.One << 62);
    });

    [Fact]
    public void Mean_OfAnySums_IsTheScalarExpressionToTheBit() =>
        Gen.Select(FoldGenerators.Plan, Gen.Long[-1L << 62, 1L << 62].Array[1, 40], Gen.Double[1, 1e9]).Sample((plan, sums, denominator) =>
        {
            var mean = new double[sums.Length];

            ExactFold.Mean(sums, plan, denominator, mean);

            Assert.Equal(sums.Select(sum => sum * plan.Step / denominator), mean);
        });

    [Fact]
    public void Mean_OfEqualUpdates_IsThatUpdateWithinOneStep() => FoldGenerators.Plan.SelectMany(plan => FoldGenerators.Input(plan, 20).Select(input => (plan, input))).Sample(sample =>
    {
        var input = sample.input with { Factor = 1, Weight = sample.plan.MaxWeight };
        var copies = Enumerable.Repeat(input, (int)Math.Min(3, sample.plan.MaxUpdates)).ToArray();
        var (sums, mean) = (new ExactSums(20), new double[20]);

        ExactFold.Add(sums, sample.plan, copies);
        ExactFold.Mean(sums.ToArray(), sample.plan, copies.Length * (double)input.Weight, mean);

        for (var i = 0; i < mean.Length; i++)
        {
            Assert.True(Math.Abs(mean[i] - input.Values.Span[i]) <= sample.plan.Step);
        }
    });

    [Theory]
    [InlineData(-1.0, 1)]
    [InlineData(double.NaN, 1)]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(1.0, -1)]
    [InlineData(1.0, 11)]
    public void Add_OfAnInputOutsideThePlan_IsRefusedAndChangesNothing(double factor, long weight)
    {
        var sums = new ExactSums(3);
        FoldInput[] inputs = [new(new float[] { 1, 1, 1 }, 1, 1), new(new float[3], factor, weight)];

        Assert.ThrowsAny<ArgumentException>(() => ExactFold.Add(sums, new FoldPlan(1, 10, 10), inputs));
        Assert.Equal([0, 0, 0], sums.ToArray());
    }

    [Fact]
    public void Add_OfAnotherLength_IsRefused() =>
        Assert.Throws<ArgumentException>(() => ExactFold.Add(new ExactSums(3), new FoldPlan(1, 1, 1), [new FoldInput(new float[4], 1, 1)]));

    private static FoldKernel KernelFor(string name, FoldPlan plan)
    {
        var kernel = Enum.Parse<FoldKernel>(name);
        return kernel is FoldKernel.Vector256 && plan.PrecisionBits > FoldVector256.MaxPrecisionBits ? FoldKernel.Scalar : kernel;
    }

    private static ExactSums Zeros(FoldInput[] inputs) => new(inputs.Length == 0 ? 5 : inputs[0].Values.Length);

    private static long[] Definition(FoldPlan plan, FoldInput[] inputs, int? length = null)
    {
        var sums = new long[length ?? Zeros(inputs).Length];
        foreach (var input in inputs)
        {
            var scale = input.Factor / plan.Step;
            for (var i = 0; i < sums.Length; i++)
            {
                sums[i] = checked(sums[i] + ((long)Math.Truncate((double)input.Values.Span[i] * scale) * input.Weight));
            }
        }

        return sums;
    }
}
