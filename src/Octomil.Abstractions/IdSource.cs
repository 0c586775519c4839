using System.Security.Cryptography;

namespace Octomil;

/// <summary>Where ids and secrets come from; handed in, so that tests can name things.</summary>
public interface IIdSource
{
    /// <summary><paramref name="prefix"/> and <paramref name="digits"/> lower-case hex digits.</summary>
    string NewId(string prefix, int digits);

    /// <summary><paramref name="length"/> random base62 characters from a cryptographic source.</summary>
    string NewSecret(int length);
}

/// <summary>Ids and secrets from the system's cryptographic generator.</summary>
public sealed class CryptographicIdSource : IIdSource
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    public string NewId(string prefix, int digits) => prefix + RandomNumberGenerator.GetHexString(digits, lowercase: true);

    public string NewSecret(int length) => RandomNumberGenerator.GetString(Base62, length);
}
