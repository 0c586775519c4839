using System.Buffers.Binary;

namespace Octomil.Learning.Aggregation;

/// <summary>
/// How many updates have about which length, in steps of 1.6 %: enough for a median, and unlike a list of lengths it can be added and
/// subtracted exactly, in any order.
/// </summary>
public sealed class NormHistogram
{
    // Of a double the sign, the exponent and six bits of the fraction.
    private const int DroppedBits = 46;
    private const int EntryBytes = 2 * sizeof(int);

    private readonly SortedDictionary<int, int> _bins = [];

    /// <summary>How many lengths.</summary>
    public int Count => _bins.Values.Sum();

    /// <summary>Bytes of <see cref="Write"/>.</summary>
    public int Bytes => _bins.Count * EntryBytes;

    /// <summary>The median, within 0.8 %; of an even number the mean of the two in the middle. 0 where there is none.</summary>
    public double Median => Count == 0 ? 0 : (At((Count - 1) / 2) + At(Count / 2)) / 2;

    /// <summary>Counts a length.</summary>
    /// <param name="length">From 0, finite.</param>
    public void Add(double length) => Change(BinOf(length), 1);

    /// <summary>Takes a length out that was counted.</summary>
    public void Subtract(double length) => Change(BinOf(length), -1);

    public void Merge(NormHistogram other)
    {
        foreach (var (bin, count) in other._bins)
        {
            Change(bin, count);
        }
    }

    /// <summary>Writes <see cref="Bytes"/> bytes; the same lengths give the same bytes.</summary>
    public void Write(Span<byte> bytes)
    {
        foreach (var (bin, count) in _bins)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, bin);
            BinaryPrimitives.WriteInt32LittleEndian(bytes[sizeof(int)..], count);
            bytes = bytes[EntryBytes..];
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static NormHistogram Read(ReadOnlySpan<byte> bytes)
    {
        var histogram = new NormHistogram();

        for (; bytes.Length >= EntryBytes; bytes = bytes[EntryBytes..])
        {
            histogram.Change(BinaryPrimitives.ReadInt32LittleEndian(bytes), BinaryPrimitives.ReadInt32LittleEndian(bytes[sizeof(int)..]));
        }

        return histogram;
    }

    private static int BinOf(double length) => double.IsFinite(length) && length >= 0
        ? (int)(BitConverter.DoubleToInt64Bits(length) >> DroppedBits)
        : throw new ArgumentOutOfRangeException(nameof(length), length, "A length must be finite, from 0.");

    private static double MiddleOf(int bin) => bin == 0 ? 0 : BitConverter.Int64BitsToDouble(((long)bin << DroppedBits) + (1L << (DroppedBits - 1)));

    private double At(int rank)
    {
        foreach (var (bin, count) in _bins)
        {
            rank -= count;

            if (rank < 0)
            {
                return MiddleOf(bin);
            }
        }

        throw new ArgumentOutOfRangeException(nameof(rank));
    }

    private void Change(int bin, int by)
    {
        if (_bins.GetValueOrDefault(bin) + by is var count && count == 0)
        {
            _bins.Remove(bin);
        }
        else
        {
            _bins[bin] = count;
        }
    }
}
