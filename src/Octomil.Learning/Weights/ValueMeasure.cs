using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Octomil.Learning.Weights.PyTorch;

namespace Octomil.Learning.Weights;

/// <summary>
/// Copies float32 values while it finds the largest magnitude (which is also the check for NaN and infinity) and sums the squares.
/// Element i of a tensor always goes to partial sum i mod 16 and in order, and a square of a float32 is exact in double: so every
/// width of vector and every way to cut the input gives the same bits.
/// </summary>
internal struct ValueMeasure
{
    private const uint MagnitudeBits = 0x7FFF_FFFF;
    private const uint InfinityBits = 0x7F80_0000;

    private Lanes _squares;
    private uint _maxBits;
    private int _lane;

    /// <summary>False once a NaN or an infinity was seen.</summary>
    public readonly bool IsFinite => _maxBits < InfinityBits;

    /// <summary>The largest absolute value so far.</summary>
    public readonly float MaxAbs => BitConverter.UInt32BitsToSingle(_maxBits);

    /// <summary>The sum of squares so far.</summary>
    public readonly double SumOfSquares
    {
        get
        {
            var sum = 0.0;
            foreach (var lane in _squares)
            {
                sum += lane;
            }

            return sum;
        }
    }

    /// <summary>Copies and measures; the source may be the destination itself.</summary>
    /// <param name="source">Little-endian float32 values, 4 bytes each, of any alignment.</param>
    /// <param name="destination">As many values.</param>
    public void Copy(ReadOnlySpan<byte> source, Span<float> destination)
    {
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(destination);
        var count = destination.Length;
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Length, count * sizeof(float));

        var head = Math.Min((Lanes.Count - _lane) % Lanes.Count, count);
        CopyScalar(ref from, ref to, 0, head);
        var blocks = (count - head) & ~(Lanes.Count - 1);
        if (Vector512.IsHardwareAccelerated)
        {
            Copy512(ref from, ref to, head, head + blocks);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Copy256(ref from, ref to, head, head + blocks);
        }
        else
        {
            CopyScalar(ref from, ref to, head, head + blocks);
        }

        CopyScalar(ref from, ref to, head + blocks, count);
    }

    /// <summary>Copies, measures, and adds the bytes to a checksum: reading them once, where vectors are as wide as it folds.</summary>
    /// <param name="source">As above.</param>
    /// <param name="destination">As above.</param>
    /// <param name="checksum">Of all bytes up to these.</param>
    public void Copy(ReadOnlySpan<byte> source, Span<float> destination, RecordChecksum checksum)
    {
        // The checksum begins the folding itself.
        var begin = checksum.IsFolding ? 0 : Math.Min(ChecksumFold.Bytes, source.Length);
        CopyApart(source[..begin], destination[..(begin / sizeof(float))], checksum);
        var end = begin;
        if (checksum.IsFolding && _lane == 0)
        {
            end += (source.Length - begin) & ~(ChecksumFold.Bytes - 1);
            CopyFolding(source[begin..end], destination[(begin / sizeof(float))..(end / sizeof(float))], ref checksum.Fold);
        }

        CopyApart(source[end..], destination[(end / sizeof(float))..], checksum);
    }

    private void CopyApart(ReadOnlySpan<byte> source, Span<float> destination, RecordChecksum checksum)
    {
        checksum.Append(source);
        Copy(source, destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CopyScalar(ref byte from, ref float to, int begin, int end)
    {
        for (var i = begin; i < end; i++)
        {
            var value = Unsafe.ReadUnaligned<float>(ref Unsafe.AddByteOffset(ref from, (nint)i * sizeof(float)));
            Unsafe.Add(ref to, i) = value;
            _maxBits = Math.Max(_maxBits, BitConverter.SingleToUInt32Bits(value) & MagnitudeBits);
            _squares[_lane] += (double)value * value;
            _lane = (_lane + 1) % Lanes.Count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Copy512(ref byte from, ref float to, int begin, int end)
    {
        ref var lanes = ref Unsafe.As<Lanes, double>(ref _squares);
        var (low, high) = (Vector512.LoadUnsafe(ref lanes), Vector512.LoadUnsafe(ref lanes, 8));
        var max = Vector512<uint>.Zero;
        var mask = Vector512.Create(MagnitudeBits);
        for (var i = begin; i < end; i += Lanes.Count)
        {
            CopyLanes(ref from, ref to, (nuint)i, mask, ref max, ref low, ref high);
        }

        low.StoreUnsafe(ref lanes);
        high.StoreUnsafe(ref lanes, 8);
        KeepMax(max.GetLower(), max.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CopyFolding(ReadOnlySpan<byte> source, Span<float> destination, ref ChecksumFold checksum)
    {
        ref var from = ref MemoryMarshal.GetReference(source);
        ref var to = ref MemoryMarshal.GetReference(destination);
        ref var lanes = ref Unsafe.As<Lanes, double>(ref _squares);
        var (low, high) = (Vector512.LoadUnsafe(ref lanes), Vector512.LoadUnsafe(ref lanes, 8));
        var max = Vector512<uint>.Zero;
        var mask = Vector512.Create(MagnitudeBits);
        var (first, second, third, fourth, keys) = (checksum.First, checksum.Second, checksum.Third, checksum.Fourth, ChecksumFold.Keys);
        for (nuint i = 0; i < (nuint)destination.Length; i += ChecksumFold.Bytes / sizeof(float))
        {
            first = ChecksumFold.Next(first, keys, CopyLanes(ref from, ref to, i, mask, ref max, ref low, ref high));
            second = ChecksumFold.Next(second, keys, CopyLanes(ref from, ref to, i + Lanes.Count, mask, ref max, ref low, ref high));
            third = ChecksumFold.Next(third, keys, CopyLanes(ref from, ref to, i + (2 * Lanes.Count), mask, ref max, ref low, ref high));
            fourth = ChecksumFold.Next(fourth, keys, CopyLanes(ref from, ref to, i + (3 * Lanes.Count), mask, ref max, ref low, ref high));
        }

        checksum = new ChecksumFold { First = first, Second = second, Third = third, Fourth = fourth };
        low.StoreUnsafe(ref lanes);
        high.StoreUnsafe(ref lanes, 8);
        KeepMax(max.GetLower(), max.GetUpper());
    }

    // 16 values, one a lane.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> CopyLanes(
        ref byte from, ref float to, nuint i, Vector512<uint> mask, ref Vector512<uint> max, ref Vector512<double> low, ref Vector512<double> high)
    {
        var value = Vector512.LoadUnsafe(ref from, i * sizeof(float)).AsSingle();
        value.StoreUnsafe(ref to, i);
        max = Vector512.Max(max, value.AsUInt32() & mask);
        var (left, right) = (Vector512.WidenLower(value), Vector512.WidenUpper(value));
        low += left * left;
        high += right * right;
        return value.AsUInt64();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Copy256(ref byte from, ref float to, int begin, int end)
    {
        ref var lanes = ref Unsafe.As<Lanes, double>(ref _squares);
        var (sum0, sum1) = (Vector256.LoadUnsafe(ref lanes), Vector256.LoadUnsafe(ref lanes, 4));
        var (sum2, sum3) = (Vector256.LoadUnsafe(ref lanes, 8), Vector256.LoadUnsafe(ref lanes, 12));
        var (maxLeft, maxRight) = (Vector256<uint>.Zero, Vector256<uint>.Zero);
        var mask = Vector256.Create(MagnitudeBits);
        for (var i = begin; i < end; i += Lanes.Count)
        {
            var left = Vector256.LoadUnsafe(ref from, (nuint)i * sizeof(float)).AsSingle();
            var right = Vector256.LoadUnsafe(ref from, ((nuint)i + 8) * sizeof(float)).AsSingle();
            left.StoreUnsafe(ref to, (nuint)i);
            right.StoreUnsafe(ref to, (nuint)i + 8);
            maxLeft = Vector256.Max(maxLeft, left.AsUInt32() & mask);
            maxRight = Vector256.Max(maxRight, right.AsUInt32() & mask);
            var (value0, value1) = Vector256.Widen(left);
            var (value2, value3) = Vector256.Widen(right);
            sum0 += value0 * value0;
            sum1 += value1 * value1;
            sum2 += value2 * value2;
            sum3 += value3 * value3;
        }

        sum0.StoreUnsafe(ref lanes);
        sum1.StoreUnsafe(ref lanes, 4);
        sum2.StoreUnsafe(ref lanes, 8);
        sum3.StoreUnsafe(ref lanes, 12);
        KeepMax(maxLeft, maxRight);
    }

    private void KeepMax(Vector256<uint> left, Vector256<uint> right)
    {
        var max = Vector256.Max(left, right);
        for (var i = 0; i < Vector256<uint>.Count; i++)
        {
            _maxBits = Math.Max(_maxBits, max[i]);
        }
    }

    [InlineArray(Count)]
    private struct Lanes
    {
        public const int Count = 16;
        private double _first;
    }
}
