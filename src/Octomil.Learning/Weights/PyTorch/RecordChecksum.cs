using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Octomil.Learning.Weights.PyTorch;

/// <summary>
/// The CRC-32 of zip archives, of data that comes in pieces. On 512-bit vectors 256 bytes are folded at a time by carry-less multiplication
/// (Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ Instruction", Intel 2009, section "fold by N") into 256 bytes
/// with the same remainder, which the library's CRC-32 then finishes: it alone takes as long as copying the data.
/// </summary>
internal sealed class RecordChecksum
{
    private const int FoldBytes = 256;

    // x^(2048 + 32) and x^(2048 - 32) modulo the polynomial 0x104C11DB7, bits reversed and shifted left by one.
    private const ulong LowKey = 0x1_1542_778A;
    private const ulong HighKey = 0x1_322D_1430;
    private const ulong InitialRegister = 0xFFFF_FFFF;

    private readonly Crc32 _crc = new();
    private Vector512<ulong> _first;
    private Vector512<ulong> _second;
    private Vector512<ulong> _third;
    private Vector512<ulong> _fourth;
    private bool _isFolding;
    private bool _isFolded;

    public void Append(ReadOnlySpan<byte> piece)
    {
        var folded = Pclmulqdq.V512.IsSupported && !_isFolded ? piece.Length & ~(FoldBytes - 1) : 0;
        if (folded > 0)
        {
            Fold(piece[..folded]);
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
    private void Fold(ReadOnlySpan<byte> data)
    {
        ref var start = ref MemoryMarshal.GetReference(data);
        nuint offset = 0;
        if (!_isFolding)
        {
            _isFolding = true;
            _first = Load(ref start, 0) ^ Vector512.CreateScalar(InitialRegister);
            (_second, _third, _fourth) = (Load(ref start, 64), Load(ref start, 128), Load(ref start, 192));
            offset = FoldBytes;
        }

        var keys = Vector512.Create(LowKey, HighKey, LowKey, HighKey, LowKey, HighKey, LowKey, HighKey);
        var (first, second, third, fourth) = (_first, _second, _third, _fourth);
        for (; offset < (nuint)data.Length; offset += FoldBytes)
        {
            first = Next(first, keys, Load(ref start, offset));
            second = Next(second, keys, Load(ref start, offset + 64));
            third = Next(third, keys, Load(ref start, offset + 128));
            fourth = Next(fourth, keys, Load(ref start, offset + 192));
        }

        (_first, _second, _third, _fourth) = (first, second, third, fourth);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Load(ref byte start, nuint offset) => Vector512.LoadUnsafe(ref start, offset).AsUInt64();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Next(Vector512<ulong> folded, Vector512<ulong> keys, Vector512<ulong> data) =>
        Pclmulqdq.V512.CarrylessMultiply(folded, keys, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(folded, keys, 0x11) ^ data;

    // What was folded already has the initial register in its first bytes; the library puts it there once more, which takes it out.
    private void EndFolding()
    {
        if (_isFolding && !_isFolded)
        {
            Span<byte> rest = stackalloc byte[FoldBytes];
            (_first ^ Vector512.CreateScalar(InitialRegister)).AsByte().CopyTo(rest);
            _second.AsByte().CopyTo(rest[64..]);
            _third.AsByte().CopyTo(rest[128..]);
            _fourth.AsByte().CopyTo(rest[192..]);
            _crc.Append(rest);
        }

        _isFolded = true;
    }
}
