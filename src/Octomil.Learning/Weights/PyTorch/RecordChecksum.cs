using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Octomil.Learning.Weights.PyTorch;

/// <summary>
/// The CRC-32 of zip archives, of data that comes in pieces. On 512-bit vectors most of it is folded into 256 bytes, which the library's CRC-32
/// then finishes: it alone takes as long as copying the data.
/// </summary>
internal sealed class RecordChecksum
{
    private const uint InitialRegister = 0xFFFF_FFFF;

    private readonly Crc32 _crc = new();
    private ChecksumFold _fold;
    private bool _isFolded;

    /// <summary>Whether a piece may be folded elsewhere, by the loop that reads it anyway: see <see cref="Fold"/>.</summary>
    public bool IsFolding { get; private set; }

    /// <summary>What <see cref="IsFolding"/>: blocks of 256 bytes may be added to it, in order.</summary>
    public ref ChecksumFold Fold => ref _fold;

    public void Append(ReadOnlySpan<byte> piece)
    {
        var folded = ChecksumFold.IsSupported && !_isFolded ? piece.Length & ~(ChecksumFold.Bytes - 1) : 0;
        if (folded > 0)
        {
            AppendBlocks(piece[..folded]);
        }

        if (folded < piece.Length)
        {
            EndFolding();
            _crc.Append(piece[folded..]);
        }
    }

    /// <summary>The checksum; nothing may be appended after.</summary>
    public uint Finish()
    {
        EndFolding();
        return _crc.GetCurrentHashAsUInt32();
    }

    // Optimized from the first call: one file is read long before the compiler would have counted enough of them.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AppendBlocks(ReadOnlySpan<byte> data)
    {
        ref var start = ref MemoryMarshal.GetReference(data);
        nuint offset = 0;
        if (!IsFolding)
        {
            IsFolding = true;
            _fold = new ChecksumFold { First = Load(ref start, 0), Second = Load(ref start, 64), Third = Load(ref start, 128), Fourth = Load(ref start, 192) };
            _fold.Flip(InitialRegister);
            offset = ChecksumFold.Bytes;
        }

        var (first, second, third, fourth) = (_fold.First, _fold.Second, _fold.Third, _fold.Fourth);
        for (var keys = ChecksumFold.Keys; offset < (nuint)data.Length; offset += ChecksumFold.Bytes)
        {
            first = ChecksumFold.Next(first, keys, Load(ref start, offset));
            second = ChecksumFold.Next(second, keys, Load(ref start, offset + 64));
            third = ChecksumFold.Next(third, keys, Load(ref start, offset + 128));
            fourth = ChecksumFold.Next(fourth, keys, Load(ref start, offset + 192));
        }

        _fold = new ChecksumFold { First = first, Second = second, Third = third, Fourth = fourth };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Load(ref byte start, nuint offset) => Vector512.LoadUnsafe(ref start, offset).AsUInt64();

    // What was folded already has the initial register in its first bytes; the library puts it there once more, which takes it out.
    private void EndFolding()
    {
        if (IsFolding)
        {
            Span<byte> rest = stackalloc byte[ChecksumFold.Bytes];
            _fold.Flip(InitialRegister);
            _fold.CopyTo(rest);
            _crc.Append(rest);
        }

        (IsFolding, _isFolded) = (false, true);
    }
}
