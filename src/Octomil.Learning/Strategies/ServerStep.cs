using System.Buffers;
using System.Numerics.Tensors;
using Octomil.Learning.Aggregation;

namespace Octomil.Learning.Strategies;

/// <summary>The last step of a round on float32 vectors, block by block in double: sums to mean, mean to new weights and state.</summary>
public static class ServerStep
{
    private const int BlockElements = 16 * 1024;

    /// <summary>Applies the sums of a round to the base weights in place.</summary>
    /// <param name="optimizer">How.</param>
    /// <param name="sums">The fold of all accepted updates, with noise where the round is private.</param>
    /// <param name="plan">The plan of that fold.</param>
    /// <param name="denominator">The sum of the weights, or the number of accepted updates.</param>
    /// <param name="weights">The trained elements of the base, which become the new ones.</param>
    /// <param name="state">The optimizer's vectors, each as long as the weights; updated. See <see cref="CreateState"/>.</param>
    /// <exception cref="ArgumentException">The lengths do not fit each other, or the denominator is not above 0.</exception>
    public static void Apply(
        IServerOptimizer optimizer, ReadOnlySpan<long> sums, FoldPlan plan, double denominator, Span<float> weights, IReadOnlyList<float[]> state)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Length, sums.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(state.Count, optimizer.StateVectors);
        var rented = ArrayPool<double>.Shared.Rent((2 + state.Count) * BlockElements);
        try
        {
            for (var begin = 0; begin < sums.Length; begin += BlockElements)
            {
                var length = Math.Min(BlockElements, sums.Length - begin);
                ExactFold.Mean(sums.Slice(begin, length), plan, denominator, rented.AsSpan(0, length));
                ApplyBlock(optimizer, rented, weights.Slice(begin, length), state, begin);
            }
        }
        finally
        {
            ArrayPool<double>.Shared.Return(rented);
        }
    }

    /// <summary>The state vectors before the first round.</summary>
    public static IReadOnlyList<float[]> CreateState(IServerOptimizer optimizer, long parameterCount)
    {
        var state = new float[optimizer.StateVectors][];
        Span<double> initial = stackalloc double[1];
        for (var index = 0; index < state.Length; index++)
        {
            optimizer.InitializeState(index, initial);
            state[index] = new float[parameterCount];
            state[index].AsSpan().Fill((float)initial[0]);
        }

        return state;
    }

    // The block of doubles holds the mean, then the weights, then the state.
    private static void ApplyBlock(IServerOptimizer optimizer, Span<double> block, Span<float> weights, IReadOnlyList<float[]> state, int begin)
    {
        var length = weights.Length;
        var mean = block[..length];
        var values = block.Slice(length, length);
        var states = block.Slice(2 * length, state.Count * length);
        TensorPrimitives.ConvertTruncating<float, double>(weights, values);
        for (var index = 0; index < state.Count; index++)
        {
            TensorPrimitives.ConvertTruncating<float, double>(state[index].AsSpan(begin, length), states.Slice(index * length, length));
        }

        optimizer.Apply(mean, values, states);
        TensorPrimitives.ConvertTruncating<double, float>(values, weights);
        for (var index = 0; index < state.Count; index++)
        {
            TensorPrimitives.ConvertTruncating<double, float>(states.Slice(index * length, length), state[index].AsSpan(begin, length));
        }
    }
}
