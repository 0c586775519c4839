using System.Runtime.CompilerServices;

namespace Octomil.Learning.Weights.PyTorch;

/// <summary>Gathers the elements of a view in row-major order, block by block.</summary>
internal static class StridedCopy
{
    /// <param name="view">Not empty, and within its storage.</param>
    /// <param name="storage">The bytes of the storage.</param>
    /// <param name="block">Holds at least one element.</param>
    /// <param name="take">Gets the block's first bytes whenever it is full.</param>
    public static void Copy(TorchView view, ReadOnlySpan<byte> storage, Span<byte> block, TakeBytes take)
    {
        var width = view.Storage.Type.ByteSize();
        var index = new long[view.Shape.Length];
        var (element, filled) = (view.Offset, 0);
        do
        {
            if (filled + width > block.Length)
            {
                take(block[..filled]);
                filled = 0;
            }

            Unsafe.CopyBlockUnaligned(ref block[filled], in storage[(int)(element * width)], (uint)width);
            filled += width;
        }
        while (Next(view, index, ref element));

        take(block[..filled]);
    }

    public delegate void TakeBytes(ReadOnlySpan<byte> bytes);

    // The last dimension turns fastest. False: all were seen.
    private static bool Next(TorchView view, long[] index, ref long element)
    {
        for (var i = index.Length - 1; i >= 0; i--)
        {
            element += view.Strides[i];
            if (++index[i] < view.Shape[i])
            {
                return true;
            }

            element -= index[i] * view.Strides[i];
            index[i] = 0;
        }

        return false;
    }
}
