using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Octomil.Storage;

internal sealed class SecretSeals(IDataProtectionProvider provider) : ISecretSeals
{
    private const string Purpose = "Octomil.Storage.SecretSeals.v1";

    public string Seal(string owner, string secret) => For(owner).Protect(secret);

    public string? Open(string owner, string sealedSecret)
    {
        try
        {
            return For(owner).Unprotect(sealedSecret);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private IDataProtector For(string owner) => provider.CreateProtector(Purpose, owner);
}
