using Octomil.Learning.Aggregation;

namespace Octomil.Training;

/// <summary>Sums in memory outside the garbage collector's heap.</summary>
internal sealed class PooledSums : IDisposable
{
    private readonly NativeBuffer<uint> _low;
    private readonly NativeBuffer<sbyte> _middle;
    private readonly NativeBuffer<int> _high;

    public PooledSums(int length)
    {
        (_low, _middle, _high) = (new NativeBuffer<uint>(length), new NativeBuffer<sbyte>(length), new NativeBuffer<int>(length));
        Sums = new ExactSums(_low.Memory, _middle.Memory, _high.Memory);
    }

    public ExactSums Sums { get; }

    public void Dispose()
    {
        ((IDisposable)_low).Dispose();
        ((IDisposable)_middle).Dispose();
        ((IDisposable)_high).Dispose();
    }
}
