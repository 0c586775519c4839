using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Octomil.Storage.Payloads;

/// <summary>
/// The encryption of one checkpoint file. Its key is derived from the round's key, the file's random salt and its name (RFC 5869), so
/// a nonce, which is the number of the chunk, is used once under a key. The file's preamble (salt, length of the head, number of
/// sums) is authenticated with each chunk: nothing can be exchanged, cut off or put elsewhere.
/// </summary>
internal sealed class CheckpointCipher : IDisposable
{
    public const int TagBytes = 16;
    public const int PreambleBytes = 52;
    public const int ChunkSums = 1 << 17;
    public const int ChunkBytes = ChunkSums * sizeof(long);

    private const int SaltStart = 8;
    private const int SaltBytes = 32;
    private const int NonceBytes = 12;
    private const long Magic = 0x31504B434D4F434F; // "OCOMCKP1"

    private readonly AesGcm _aes;
    private readonly byte[] _associated = new byte[PreambleBytes + sizeof(long)];
    private readonly byte[] _nonce = new byte[NonceBytes];

    private CheckpointCipher(string roundId, string name, ReadOnlySpan<byte> key, ReadOnlySpan<byte> preamble)
    {
        preamble.CopyTo(_associated);
        Span<byte> fileKey = stackalloc byte[32];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, fileKey, preamble.Slice(SaltStart, SaltBytes), Encoding.UTF8.GetBytes($"octomil checkpoint\n{roundId}\n{name}"));
        _aes = new AesGcm(fileKey, TagBytes);
        CryptographicOperations.ZeroMemory(fileKey);
        HeadBytes = BinaryPrimitives.ReadInt32LittleEndian(preamble[(SaltStart + SaltBytes)..]);
        SumCount = BinaryPrimitives.ReadInt64LittleEndian(preamble[(SaltStart + SaltBytes + sizeof(int))..]);
    }

    public int HeadBytes { get; }

    public long SumCount { get; }

    public ReadOnlyMemory<byte> Preamble => _associated.AsMemory(0, PreambleBytes);

    public long FileBytes => ChunkStart(ChunkCount);

    public long ChunkCount => (SumCount + ChunkSums - 1) / ChunkSums;

    public static CheckpointCipher Create(string roundId, string name, ReadOnlySpan<byte> key, int headBytes, long sumCount)
    {
        Span<byte> preamble = stackalloc byte[PreambleBytes];
        BinaryPrimitives.WriteInt64LittleEndian(preamble, Magic);
        RandomNumberGenerator.Fill(preamble.Slice(SaltStart, SaltBytes));
        BinaryPrimitives.WriteInt32LittleEndian(preamble[(SaltStart + SaltBytes)..], headBytes);
        BinaryPrimitives.WriteInt64LittleEndian(preamble[(SaltStart + SaltBytes + sizeof(int))..], sumCount);
        return new CheckpointCipher(roundId, name, key, preamble);
    }

    /// <summary>Null where the preamble is not one, or does not fit the length of the file.</summary>
    public static CheckpointCipher? Open(string roundId, string name, ReadOnlySpan<byte> key, ReadOnlySpan<byte> preamble, long fileBytes)
    {
        if (BinaryPrimitives.ReadInt64LittleEndian(preamble) != Magic)
        {
            return null;
        }

        var cipher = new CheckpointCipher(roundId, name, key, preamble);

        if (cipher is { HeadBytes: >= 0, SumCount: >= 0 } && cipher.SumCount <= fileBytes / sizeof(long) && cipher.FileBytes == fileBytes)
        {
            return cipher;
        }

        cipher.Dispose();
        return null;
    }

    /// <summary>Where chunk <paramref name="index"/> of the sums begins in the file. The head comes before the first.</summary>
    public long ChunkStart(long index) =>
        PreambleBytes + HeadBytes + TagBytes + (Math.Min(index * ChunkSums, SumCount) * sizeof(long)) + (index * TagBytes);

    public int SumsIn(long chunk) => (int)Math.Min(ChunkSums, SumCount - (chunk * ChunkSums));

    /// <summary>Chunk -1 is the head.</summary>
    public void Encrypt(long chunk, ReadOnlySpan<byte> plain, Span<byte> encrypted)
    {
        Number(chunk);
        _aes.Encrypt(_nonce, plain, encrypted[..plain.Length], encrypted.Slice(plain.Length, TagBytes), _associated);
    }

    /// <exception cref="AuthenticationTagMismatchException">It is not what was encrypted, or the key is another.</exception>
    public void Decrypt(long chunk, ReadOnlySpan<byte> encrypted, Span<byte> plain)
    {
        Number(chunk);
        _aes.Decrypt(_nonce, encrypted[..^TagBytes], encrypted[^TagBytes..], plain, _associated);
    }

    public void Dispose() => _aes.Dispose();

    private void Number(long chunk)
    {
        BinaryPrimitives.WriteInt64BigEndian(_nonce.AsSpan(NonceBytes - sizeof(long)), chunk);
        BinaryPrimitives.WriteInt64BigEndian(_associated.AsSpan(PreambleBytes), chunk);
    }
}
