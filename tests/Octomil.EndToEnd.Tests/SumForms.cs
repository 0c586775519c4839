using System.Buffers.Binary;

namespace Octomil.EndToEnd;

/// <summary>Sums as they might be written: in 4 to 8 bytes each, or their low and middle parts by themselves.</summary>
internal static class SumForms
{
    public static IEnumerable<byte[]> Of(IReadOnlyList<long> sums)
    {
        for (var bytes = 4; bytes <= sizeof(long); bytes++)
        {
            yield return Packed(sums, 0, bytes);
        }

        yield return Packed(sums, 4, sizeof(int));
    }

    private static byte[] Packed(IReadOnlyList<long> sums, int start, int count)
    {
        var (packed, sum) = (new byte[sums.Count * count], new byte[sizeof(long)]);

        for (var i = 0; i < sums.Count; i++)
        {
            BinaryPrimitives.WriteInt64LittleEndian(sum, sums[i]);
            sum.AsSpan(start, count).CopyTo(packed.AsSpan(i * count));
        }

        return packed;
    }
}
