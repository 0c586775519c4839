using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Octomil.Organizations;

/// <summary>
/// Tokens that carry what they stand for, encrypted and authenticated by the servers' shared key ring: nothing of them is stored, none
/// can be made elsewhere, and there is nothing to compare. Each kind has keys of its own, so none passes for another.
/// </summary>
internal sealed class SealedTokens(IDataProtectionProvider protection, TimeProvider clock)
{
    public const string PersonAccess = "oct_ses_";
    public const string PersonRefresh = "oct_ref_";
    public const string DeviceAccess = "oct_dev_";
    public const string DeviceRefresh = "oct_drf_";
    public const string Invitation = "oct_inv_";

    private const int LongestToken = 2048;
    private const char Separator = '\n';

    public string Seal(string kind, DateTimeOffset until, params ReadOnlySpan<string> fields) =>
        kind + Of(kind).Protect($"{until.UtcTicks.ToString(CultureInfo.InvariantCulture)}{Separator}{string.Join(Separator, fields)}");

    /// <summary>False: not a token of this kind. One that is too old is true, and has no fields.</summary>
    public bool TryOpen(string kind, string token, [NotNullWhen(true)] out string[]? fields)
    {
        fields = null;
        if (!token.StartsWith(kind, StringComparison.Ordinal) || token.Length > LongestToken)
        {
            return false;
        }

        try
        {
            var parts = Of(kind).Unprotect(token[kind.Length..]).Split(Separator);
            fields = long.Parse(parts[0], CultureInfo.InvariantCulture) > clock.GetUtcNow().UtcTicks ? parts[1..] : [];
            return true;
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            // Somebody's own invention; there is nothing more to say of it.
            return false;
        }
    }

    private IDataProtector Of(string kind) => protection.CreateProtector("octomil.tokens", kind);
}
