using System.Numerics;

namespace Octomil.Learning.Aggregation;

/// <summary>
/// The public bounds of a round and the fixed-point step that follows from them: with
/// step = 2^(ceil log2 magnitude - (62 - ceil log2 weight - ceil log2 updates)) no sum of a round can leave 64 bits.
/// </summary>
public sealed record FoldPlan
{
    // Fewer bits than this below the largest magnitude would lose what is learned.
    private const int MinPrecisionBits = 16;
    private const int SumBits = 62;

    /// <param name="maxMagnitude">Largest absolute value of update times factor; above 0 and finite. With privacy: the clip.</param>
    /// <param name="maxWeight">Largest integer weight of one update, from 1.</param>
    /// <param name="maxUpdates">Most updates in one sum, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A bound is outside its range, or together they leave under 16 bits of precision.</exception>
    public FoldPlan(double maxMagnitude, long maxWeight, long maxUpdates)
    {
        if (!double.IsFinite(maxMagnitude) || maxMagnitude is < 1e-30 or > 1e30)
        {
            throw new ArgumentOutOfRangeException(nameof(maxMagnitude), maxMagnitude, "The largest magnitude must be from 1e-30 to 1e30.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(maxWeight, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxUpdates, 1);
        (MaxMagnitude, MaxWeight, MaxUpdates) = (maxMagnitude, maxWeight, maxUpdates);
        PrecisionBits = SumBits - CeilLog2(maxWeight) - CeilLog2(maxUpdates);
        if (PrecisionBits < MinPrecisionBits)
        {
            throw new ArgumentOutOfRangeException(nameof(maxUpdates), maxUpdates, $"A weight of {maxWeight} and {maxUpdates} updates leave {PrecisionBits} bits for the values; {MinPrecisionBits} are needed. Lower one of them.");
        }

        Step = Math.ScaleB(1, CeilLog2(maxMagnitude) - PrecisionBits);
    }

    /// <summary>Largest absolute value of update times factor.</summary>
    public double MaxMagnitude { get; }

    /// <summary>Largest integer weight of one update.</summary>
    public long MaxWeight { get; }

    /// <summary>Most updates in one sum.</summary>
    public long MaxUpdates { get; }

    /// <summary>Bits of one value below the largest magnitude.</summary>
    public int PrecisionBits { get; }

    /// <summary>What one unit of a sum stands for; a power of two.</summary>
    public double Step { get; }

    private static int CeilLog2(long value) => value == 1 ? 0 : BitOperations.Log2((ulong)value - 1) + 1;

    private static int CeilLog2(double value) => Math.ILogB(value) is var floor && Math.ScaleB(1, floor) == value ? floor : floor + 1;
}
