using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Octomil.Learning.Weights.PyTorch;

/// <summary>
/// Any number of bytes, folded by carry-less multiplication into 256 that have the same CRC-32 (Gopal et al., "Fast CRC Computation for
/// Generic Polynomials Using PCLMULQDQ Instruction", Intel 2009, section "fold by N").
/// </summary>
internal struct ChecksumFold
{
    public const int Bytes = 256;

    // x^(2048 + 32) and x^(2048 - 32) modulo the polynomial 0x104C11DB7, bits reversed and shifted left by one.
    private const ulong LowKey = 0x1_1542_778A;
    private const ulong HighKey = 0x1_322D_1430;

    // Loops keep these four in locals: the compiler holds those in registers, and a struct's fields it does not.
    public Vector512<ulong> First;
    public Vector512<ulong> Second;
    public Vector512<ulong> Third;
    public Vector512<ulong> Fourth;

    public static bool IsSupported => Pclmulqdq.V512.IsSupported;

    /// <summary>What <see cref="Next"/> multiplies by: loaded once for a loop.</summary>
    /// <remarks>Inlined: across a call no vector stays in a register.</remarks>
    public static Vector512<ulong> Keys
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(LowKey, HighKey, LowKey, HighKey, LowKey, HighKey, LowKey, HighKey);
    }

    /// <summary>A quarter of the fold after the quarter of the next 256 bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ulong> Next(Vector512<ulong> folded, Vector512<ulong> keys, Vector512<ulong> data) =>
        Pclmulqdq.V512.CarrylessMultiply(folded, keys, 0x00) ^ Pclmulqdq.V512.CarrylessMultiply(folded, keys, 0x11) ^ data;

    /// <summary>Changes the first 4 bytes: a CRC begins, and the library's begins again, with a register that is not zero.</summary>
    public void Flip(uint register) => First ^= Vector512.CreateScalar((ulong)register);

    /// <param name="destination">Receives the 256 bytes.</param>
    public readonly void CopyTo(Span<byte> destination)
    {
        First.AsByte().CopyTo(destination);
        Second.AsByte().CopyTo(destination[64..]);
        Third.AsByte().CopyTo(destination[128..]);
        Fourth.AsByte().CopyTo(destination[192..]);
    }
}
