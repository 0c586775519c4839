using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Octomil.Storage;

internal sealed class RoundKeys(IDataProtectionProvider provider) : IRoundKeys
{
    private const string Purpose = "Octomil.Storage.RoundKeys.v1";

    public byte[] Create() => RandomNumberGenerator.GetBytes(IRoundKeys.KeyBytes);

    public byte[] Wrap(string roundId, ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, IRoundKeys.KeyBytes, nameof(key));
        var clear = key.ToArray();

        try
        {
            return For(roundId).Protect(clear);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(clear);
        }
    }

    public byte[] Unwrap(string roundId, ReadOnlySpan<byte> wrapped)
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
