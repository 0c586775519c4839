using CsCheck;
using Octomil.Learning.Aggregation;

namespace Octomil.Learning.Tests.Aggregation;

/// <summary>Plans, and updates that keep to them.</summary>
internal static class FoldGenerators
{
    public static readonly Gen<FoldPlan> Plan =
        from magnitude in Gen.OneOf(Gen.Double[1e-6, 2000], Gen.Int[-20, 20].Select(exponent => Math.ScaleB(1, exponent)))
        from weight in Gen.Long[1, 70_000]
        from updates in Gen.Long[1, 20_000]
        select new FoldPlan(magnitude, weight, updates);

    public static Gen<FoldInput> Input(FoldPlan plan, int length) =>
        from factor in Gen.OneOf(Gen.Const(1.0), Gen.Double[0, 1])
        from weight in Gen.Long[0, plan.MaxWeight]
        from values in Gen.OneOf(Gen.Double[-1, 1], Gen.Double[-1e-6, 1e-6], Gen.Int[-1, 1].Select(sign => (double)sign)).Array[length]
        select new FoldInput(values.Select(value => Bounded(value, plan)).ToArray(), factor, weight);

    public static Gen<(FoldPlan Plan, FoldInput[] Inputs)> Round =>
        from plan in Plan
        from length in Gen.Int[1, 70]
        from inputs in Input(plan, length).Array[0, (int)Math.Min(11, plan.MaxUpdates)]
        select (plan, inputs);

    // The nearest float32 of the largest magnitude may lie above it.
    private static float Bounded(double value, FoldPlan plan)
    {
        var single = (float)(value * plan.MaxMagnitude);
        return Math.Abs(single) <= plan.MaxMagnitude ? single : MathF.BitDecrement(Math.Abs(single)) * MathF.Sign(single);
    }
}
