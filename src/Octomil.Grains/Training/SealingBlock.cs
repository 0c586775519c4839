using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Octomil.Learning.Strategies;

namespace Octomil.Training;

/// <summary>The buffers of one block of a round that is sealed. Stored values are float32, the step is computed in double.</summary>
internal sealed class SealingBlock(int parameters, IServerOptimizer optimizer, IAggregatePiece aggregate)
{
    private readonly byte[] _weightBytes = new byte[parameters * sizeof(float)];
    private readonly byte[] _stateBytes = new byte[parameters * sizeof(float) * optimizer.StateVectors];
    private readonly double[] _aggregate = new double[parameters * optimizer.AggregateVectors];
    private readonly double[] _weights = new double[parameters];
    private readonly double[] _state = new double[parameters * optimizer.StateVectors];

    public IAggregatePiece Aggregate => aggregate;

    public Memory<byte> WeightBytes(int bytes) => _weightBytes.AsMemory(0, bytes);

    // One block of every state vector, one after the other.
    public Memory<byte> StateBytes(int count) => _stateBytes.AsMemory(0, count * sizeof(float) * optimizer.StateVectors);

    public void Apply(int count, bool isFirstRound)
    {
        var mean = _aggregate.AsSpan(0, count * optimizer.AggregateVectors);
        var weights = _weights.AsSpan(0, count);
        var state = _state.AsSpan(0, count * optimizer.StateVectors);
        var storedWeights = MemoryMarshal.Cast<byte, float>(_weightBytes.AsSpan(0, count * sizeof(float)));
        var storedState = MemoryMarshal.Cast<byte, float>(StateBytes(count).Span);

        aggregate.Compute(mean);
        TensorPrimitives.ConvertTruncating<float, double>(storedWeights, weights);

        if (isFirstRound)
        {
            for (var vector = 0; vector < optimizer.StateVectors; vector++)
            {
                optimizer.InitializeState(vector, state.Slice(vector * count, count));
            }
        }
        else
        {
            TensorPrimitives.ConvertTruncating<float, double>(storedState, state);
        }

        optimizer.Apply(mean, weights, state);

        TensorPrimitives.ConvertTruncating<double, float>(weights, storedWeights);
        TensorPrimitives.ConvertTruncating<double, float>(state, storedState);
    }
}
