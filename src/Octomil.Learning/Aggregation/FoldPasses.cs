using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Octomil.Learning.Aggregation;

/// <summary>Cuts a list of inputs into passes of four, two and one over a range of coordinates, with the chosen instructions.</summary>
internal readonly ref struct FoldPasses(FoldPlan plan, int begin, int sign, FoldKernel kernel)
{
    private readonly FoldKernel _kernel = kernel is FoldKernel.Best ? Best(plan) : kernel;

    /// <summary>The fastest kernel that this machine has and that is exact under the plan.</summary>
    public static FoldKernel Best(FoldPlan plan) => Avx512DQ.IsSupported
        ? FoldKernel.Avx512
        : Vector256.IsHardwareAccelerated && plan.PrecisionBits <= FoldVector256.MaxPrecisionBits ? FoldKernel.Vector256 : FoldKernel.Scalar;

    /// <exception cref="ArgumentException">An input has another length, or a factor or weight outside the plan.</exception>
    public static void Check(int length, FoldPlan plan, ReadOnlySpan<FoldInput> inputs)
    {
        foreach (ref readonly var input in inputs)
        {
            if (input.Values.Length != length)
            {
                throw new ArgumentException($"An update has {input.Values.Length} values, the sums have {length}.", nameof(inputs));
            }

            if (!double.IsFinite(input.Factor) || input.Factor < 0)
            {
                throw new ArgumentException("A factor is below 0 or not finite.", nameof(inputs));
            }

            if (input.Weight < 0 || input.Weight > plan.MaxWeight)
            {
                throw new ArgumentException($"A weight is outside 0 .. {plan.MaxWeight}, the range of the plan.", nameof(inputs));
            }
        }
    }

    /// <summary>Adds (sign 1) or subtracts (sign -1) the inputs: the product with a weight is exact, so both use the same integers.</summary>
    /// <param name="sums">The range of coordinates, which starts at <c>begin</c> in the inputs.</param>
    /// <param name="inputs">Checked inputs.</param>
    public void Run(SumPlanes sums, ReadOnlySpan<FoldInput> inputs)
    {
        for (; inputs.Length >= 4; inputs = inputs[4..])
        {
            Pass(sums, Lane(inputs[0], sums), Lane(inputs[1], sums), Lane(inputs[2], sums), Lane(inputs[3], sums));
        }

        if (inputs.Length >= 2)
        {
            Pass(sums, Lane(inputs[0], sums), Lane(inputs[1], sums));
            inputs = inputs[2..];
        }

        if (inputs.Length == 1)
        {
            Pass(sums, Lane(inputs[0], sums));
        }
    }

    private FoldLane Lane(in FoldInput input, SumPlanes sums) =>
        new(input.Values.Span.Slice(begin, sums.Length), input.Factor / plan.Step, input.Weight * sign);

    private void Pass(SumPlanes sums, FoldLane a, FoldLane b, FoldLane c, FoldLane d)
    {
        switch (_kernel)
        {
            case FoldKernel.Avx512:
                FoldAvx512.Add(sums, a, b, c, d);
                break;
            case FoldKernel.Vector256:
                FoldVector256.Add(sums, a, b, c, d);
                break;
            default:
                FoldScalar.Add(sums, a, b, c, d);
                break;
        }
    }

    private void Pass(SumPlanes sums, FoldLane a, FoldLane b)
    {
        switch (_kernel)
        {
            case FoldKernel.Avx512:
                FoldAvx512.Add(sums, a, b);
                break;
            case FoldKernel.Vector256:
                FoldVector256.Add(sums, a, b);
                break;
            default:
                FoldScalar.Add(sums, a);
                FoldScalar.Add(sums, b);
                break;
        }
    }

    private void Pass(SumPlanes sums, FoldLane a)
    {
        switch (_kernel)
        {
            case FoldKernel.Avx512:
                FoldAvx512.Add(sums, a);
                break;
            case FoldKernel.Vector256:
                FoldVector256.Add(sums, a);
                break;
            default:
                FoldScalar.Add(sums, a);
                break;
        }
    }
}
