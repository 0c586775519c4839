using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;

namespace Octomil.Storage;

/// <summary>
/// The half in the row is 32 random bytes and the SHA-256 of the other half, wrapped by Data Protection under a purpose that names the
/// round. The key is derived from both halves (HKDF-SHA256, RFC 5869). The hash tells a damaged half from damaged checkpoints, and says
/// nothing about a half that is random.
/// </summary>
internal sealed class RoundKeys(IDataProtectionProvider provider, IKeyHalves halves) : IRoundKeys
{
    private const string Purpose = "Octomil.Storage.RoundKeys.v2";
    private const int OwnHalfBytes = 32;

    public async Task<byte[]> CreateAsync(string roundId, CancellationToken cancellationToken)
    {
        var half = await halves.TakeHalfAsync(roundId, cancellationToken);
        var clear = new byte[OwnHalfBytes + SHA256.HashSizeInBytes];

        try
        {
            RandomNumberGenerator.Fill(clear.AsSpan(0, OwnHalfBytes));
            SHA256.HashData(half, clear.AsSpan(OwnHalfBytes));
            return For(roundId).Protect(clear);
        }
        catch (CryptographicException exception) when (exception.GetBaseException() is IOException or UnauthorizedAccessException)
        {
            throw new StorageUnavailableException($"A key for round {roundId} cannot be wrapped: the key ring cannot be written.", exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clear);
            CryptographicOperations.ZeroMemory(half);
        }
    }

    public async Task<byte[]> OpenAsync(string roundId, ReadOnlyMemory<byte> wrapped, CancellationToken cancellationToken)
    {
        var clear = Unwrap(roundId, wrapped);
        var half = await halves.ReadHalfAsync(roundId, cancellationToken)
            ?? throw new RoundKeyException($"The key of round {roundId} does not open: its half beside the payloads is gone.");

        try
        {
            return SHA256.HashData(half).AsSpan().SequenceEqual(clear.AsSpan(OwnHalfBytes))
                ? Derive(roundId, clear.AsSpan(0, OwnHalfBytes), half)
                : throw new RoundKeyException($"The key of round {roundId} does not open: its half beside the payloads is erased or damaged.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clear);
            CryptographicOperations.ZeroMemory(half);
        }
    }

    public Task EraseAsync(string roundId, CancellationToken cancellationToken) => halves.EraseHalfAsync(roundId, cancellationToken);

    private static byte[] Derive(string roundId, ReadOnlySpan<byte> own, ReadOnlySpan<byte> other)
    {
        byte[] both = [.. own, .. other];

        try
        {
            return HKDF.DeriveKey(
                HashAlgorithmName.SHA256, both, IRoundKeys.KeyBytes, salt: null, Encoding.UTF8.GetBytes($"octomil round key\n{roundId}"));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(both);
        }
    }

    private byte[] Unwrap(string roundId, ReadOnlyMemory<byte> wrapped)
    {
        try
        {
            return For(roundId).Unprotect(wrapped.ToArray());
        }
        catch (CryptographicException exception)
        {
            throw new RoundKeyException(
                $"The key of round {roundId} does not open: it belongs to another round, was changed, or the key ring it was wrapped with is gone.", exception);
        }
    }

    private IDataProtector For(string roundId) => provider.CreateProtector(Purpose, roundId);
}
