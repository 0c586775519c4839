using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Octomil.Learning.Privacy;

/// <summary>
/// The random words of a noise: AES-256 in counter mode under a key that is used for nothing else. Every coordinate has its own place
/// in the stream, so ranges of coordinates may be drawn in any order and on any thread. Not for several threads at once.
/// </summary>
internal sealed class NoiseWords : IDisposable
{
    /// <summary>Chunks that <see cref="Fill"/> draws at most.</summary>
    public const int ChunksOfFill = 128;

    /// <summary>Words of one chunk: 8 for radii and then 8 for angles, which make 16 coordinates.</summary>
    public const int WordsOfChunk = 16;

    /// <summary>The first deviates of a chunk's pairs belong to its first coordinates, the second ones to the others.</summary>
    public const int PairsOfChunk = WordsOfChunk / 2;

    private const int BlocksOfChunk = WordsOfChunk / 2;

    private readonly Aes _aes = Aes.Create();
    private readonly ulong[] _counters = new ulong[ChunksOfFill * WordsOfChunk];

    public NoiseWords(ReadOnlySpan<byte> key) => _aes.SetKey(key);

    /// <summary>Draws the words of whole chunks.</summary>
    /// <param name="firstChunk">The number of the first.</param>
    /// <param name="words"><see cref="WordsOfChunk"/> for each, at most <see cref="ChunksOfFill"/> chunks.</param>
    public void Fill(long firstChunk, Span<ulong> words)
    {
        var counters = _counters.AsSpan(0, words.Length);
        var block = (ulong)firstChunk * BlocksOfChunk;
        for (var i = 0; i < counters.Length; i += 2)
        {
            counters[i] = block++;
        }

        _aes.EncryptEcb(MemoryMarshal.AsBytes(counters), MemoryMarshal.AsBytes(words), PaddingMode.None);
        if (!BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.ReverseEndianness(words, words);
        }
    }

    /// <summary>More bits of one pair's radius and angle: the fast words are only the first 64 of each.</summary>
    /// <param name="pair">The number of the pair.</param>
    /// <param name="depth">Which 64 bits, from 1.</param>
    public (ulong Radius, ulong Angle) Refine(long pair, int depth)
    {
        Span<byte> block = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(block, (ulong)pair);
        BinaryPrimitives.WriteUInt64LittleEndian(block[8..], (ulong)depth);
        _aes.EncryptEcb(block, block, PaddingMode.None);
        return (BinaryPrimitives.ReadUInt64LittleEndian(block), BinaryPrimitives.ReadUInt64LittleEndian(block[8..]));
    }

    public void Dispose()
    {
        _aes.Dispose();
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(_counters.AsSpan()));
    }
}
