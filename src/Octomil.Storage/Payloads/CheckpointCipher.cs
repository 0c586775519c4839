using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;

namespace Octomil.Storage.Payloads;

/// <summary>
/// The encryption of one checkpoint file: preamble (salt, length of the head, number of sums, bytes of a sum), the tags of head and
/// chunks, the head, the chunks. Its key is derived from the round's key, the file's random salt and its name (RFC 5869), so a nonce, which is the
/// number of the chunk, is used once under a key. The preamble is authenticated with each chunk: nothing can be exchanged, cut off or
/// put elsewhere. Tags are together, so that one small read tells whether the file is the one that was stored. Several threads may
/// use it at a time.
/// </summary>
internal sealed class CheckpointCipher : IDisposable
{
    public const int TagBytes = 16;
    public const int PreambleBytes = 56;

    // Stays in a core's own cache from encryption to writing, and lets a reader of a few sums decrypt little.
    public const int ChunkSums = 1 << 14;
    public const int MostChunkBytes = ChunkSums * sizeof(long);

    private const int SaltStart = 8;
    private const int SaltBytes = 32;
    private const int NonceBytes = 12;
    private const int KeyBytes = 32;
    private const long Magic = 0x33504B434D4F434F; // "OCOMCKP3"

    private readonly byte[] _key = new byte[KeyBytes];
    private readonly byte[] _preamble;
    private readonly byte[] _tags;
    private readonly ConcurrentBag<AesGcm> _idle = [];

    private CheckpointCipher(string roundId, string name, ReadOnlySpan<byte> key, byte[] preamble)
    {
        _preamble = preamble;
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256, key, _key, preamble.AsSpan(SaltStart, SaltBytes), Encoding.UTF8.GetBytes($"octomil checkpoint\n{roundId}\n{name}"));
        (HeadBytes, SumCount, SumBytes) = Sizes(preamble);
        _tags = new byte[TagsLength(SumCount)];
    }

    public int HeadBytes { get; }

    public long SumCount { get; }

    /// <summary>Bytes of one sum in the file, <see cref="PackedSums"/>.</summary>
    public int SumBytes { get; }

    public ReadOnlyMemory<byte> Preamble => _preamble;

    /// <summary>Filled by encrypting; to be filled with what was stored before decrypting.</summary>
    public Memory<byte> Tags => _tags;

    public long HeadStart => PreambleBytes + _tags.Length;

    public long FileBytes => ChunkStart(0) + (SumCount * SumBytes);

    public long ChunkCount => ChunksOf(SumCount);

    /// <summary>Stands for every byte of the file, as the tags do.</summary>
    public ulong Checksum
    {
        get
        {
            var hash = new XxHash64();
            hash.Append(_preamble);
            hash.Append(_tags);
            return hash.GetCurrentHashAsUInt64();
        }
    }

    public static CheckpointCipher Create(string roundId, string name, ReadOnlySpan<byte> key, int headBytes, long sumCount, int sumBytes)
    {
        var preamble = new byte[PreambleBytes];
        BinaryPrimitives.WriteInt64LittleEndian(preamble, Magic);
        RandomNumberGenerator.Fill(preamble.AsSpan(SaltStart, SaltBytes));
        BinaryPrimitives.WriteInt32LittleEndian(preamble.AsSpan(SaltStart + SaltBytes), headBytes);
        BinaryPrimitives.WriteInt64LittleEndian(preamble.AsSpan(SaltStart + SaltBytes + sizeof(int)), sumCount);
        BinaryPrimitives.WriteInt32LittleEndian(preamble.AsSpan(SaltStart + SaltBytes + sizeof(int) + sizeof(long)), sumBytes);
        return new CheckpointCipher(roundId, name, key, preamble);
    }

    /// <summary>Null where the preamble is not one, or does not fit the length of the file.</summary>
    public static CheckpointCipher? Open(string roundId, string name, ReadOnlySpan<byte> key, byte[] preamble, long fileBytes)
    {
        var (headBytes, sumCount, sumBytes) = Sizes(preamble);
        var fits = BinaryPrimitives.ReadInt64LittleEndian(preamble) == Magic && headBytes >= 0 && sumCount >= 0 && sumCount <= fileBytes
            && sumBytes is >= PackedSums.FewestBytes and <= sizeof(long)
            && PreambleBytes + TagsLength(sumCount) + headBytes + (sumCount * sumBytes) == fileBytes;
        return fits ? new CheckpointCipher(roundId, name, key, preamble) : null;
    }

    /// <summary>Where chunk <paramref name="index"/> of the sums begins in the file.</summary>
    public long ChunkStart(long index) => HeadStart + HeadBytes + (index * ChunkSums * SumBytes);

    public int SumsIn(long chunk) => (int)Math.Min(ChunkSums, SumCount - (chunk * ChunkSums));

    public int BytesIn(long chunk) => SumsIn(chunk) * SumBytes;

    /// <summary>Chunk -1 is the head. In place, or from one memory to another.</summary>
    public void Encrypt(long chunk, ReadOnlySpan<byte> plain, Span<byte> encrypted)
    {
        var aes = Take();
        aes.Encrypt(Nonce(chunk, stackalloc byte[NonceBytes]), plain, encrypted, Tag(chunk), _preamble);
        _idle.Add(aes);
    }

    /// <summary>In place.</summary>
    /// <exception cref="AuthenticationTagMismatchException">It is not what was encrypted, or the key is another.</exception>
    public void Decrypt(long chunk, Span<byte> bytes)
    {
        var aes = Take();
        aes.Decrypt(Nonce(chunk, stackalloc byte[NonceBytes]), bytes, Tag(chunk), bytes, _preamble);
        _idle.Add(aes);
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var aes))
        {
            aes.Dispose();
        }

        CryptographicOperations.ZeroMemory(_key);
    }

    // One instance is not for two threads.
    private AesGcm Take() => _idle.TryTake(out var aes) ? aes : new AesGcm(_key, TagBytes);

    private Span<byte> Tag(long chunk) => _tags.AsSpan(checked((int)((chunk + 1) * TagBytes)), TagBytes);

    private static Span<byte> Nonce(long chunk, Span<byte> nonce)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64BigEndian(nonce[^sizeof(long)..], chunk);
        return nonce;
    }

    private static (int HeadBytes, long SumCount, int SumBytes) Sizes(ReadOnlySpan<byte> preamble) => (
        BinaryPrimitives.ReadInt32LittleEndian(preamble[(SaltStart + SaltBytes)..]),
        BinaryPrimitives.ReadInt64LittleEndian(preamble[(SaltStart + SaltBytes + sizeof(int))..]),
        BinaryPrimitives.ReadInt32LittleEndian(preamble[(SaltStart + SaltBytes + sizeof(int) + sizeof(long))..]));

    private static long ChunksOf(long sumCount) => (sumCount / ChunkSums) + (sumCount % ChunkSums == 0 ? 0 : 1);

    private static long TagsLength(long sumCount) => (ChunksOf(sumCount) + 1) * TagBytes;
}
