using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Octomil.Webhooks;

/// <summary>HMAC-SHA256 over id, time and body, as the Standard Webhooks specification writes it (version v1, symmetric).</summary>
internal static class WebhookSignature
{
    private const string Prefix = "whsec_";
    private const int SecretLength = 32;

    public static string NewSecret(IIdSource ids) => Prefix + Convert.ToBase64String(Encoding.ASCII.GetBytes(ids.NewSecret(SecretLength)));

    public static string Of(string secret, string id, long unixSeconds, ReadOnlySpan<byte> body)
    {
        var key = Convert.FromBase64String(secret[Prefix.Length..]);
        byte[] content = [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{unixSeconds}.")), .. body];
        return "v1," + Convert.ToBase64String(HMACSHA256.HashData(key, content));
    }
}
