using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Octomil.Storage.Payloads;

/// <summary>Integers in as few bytes as the widest of them needs, little-endian with the sign in the last: what is not written costs nothing.</summary>
internal static class PackedSums
{
    public const int FewestBytes = 5;

    /// <summary>What a buffer needs beyond the packed sums: every one is read and written as eight bytes.</summary>
    public const int Slack = sizeof(long) - FewestBytes;

    /// <param name="sums">Each within <paramref name="bytes"/> bytes.</param>
    /// <param name="bytes">From <see cref="FewestBytes"/> to 8.</param>
    /// <param name="packed">Room for all, and <see cref="Slack"/>.</param>
    public static void Pack(ReadOnlySpan<long> sums, int bytes, Span<byte> packed)
    {
        EnsureRoom(sums.Length, bytes, packed.Length);
        ref var to = ref packed[0];

        for (var i = 0; i < sums.Length; i++)
        {
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, (nint)i * bytes), BitConverter.IsLittleEndian ? sums[i] : BinaryPrimitives.ReverseEndianness(sums[i]));
        }
    }

    /// <inheritdoc cref="Pack"/>
    public static void Unpack(ReadOnlySpan<byte> packed, int bytes, Span<long> sums)
    {
        EnsureRoom(sums.Length, bytes, packed.Length);
        ref readonly var from = ref packed[0];
        var unused = 8 * (sizeof(long) - bytes);

        for (var i = 0; i < sums.Length; i++)
        {
            var sum = Unsafe.ReadUnaligned<long>(in Unsafe.Add(ref Unsafe.AsRef(in from), (nint)i * bytes));
            sums[i] = (BitConverter.IsLittleEndian ? sum : BinaryPrimitives.ReverseEndianness(sum)) << unused >> unused;
        }
    }

    private static void EnsureRoom(int count, int bytes, int room)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, FewestBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, sizeof(long));
        ArgumentOutOfRangeException.ThrowIfLessThan(room, checked((count * bytes) + Slack));
    }
}
