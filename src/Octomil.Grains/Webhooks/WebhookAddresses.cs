using System.Net;
using System.Net.Sockets;

namespace Octomil.Webhooks;

/// <summary>
/// Where the service sends to. A tenant chooses the URL and reads what comes of it, so neither the operator's network nor the machine itself
/// may be behind it. Names are looked at when they are resolved for a connection: what they stand for may change.
/// </summary>
internal static class WebhookAddresses
{
    public const int LongestUrl = 1024;

    // What IANA's registries of special-purpose addresses keep from the public internet (RFC 6890 and its updates), and multicast.
    private static readonly IPNetwork[] _special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3",
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(network => IPNetwork.Parse(network)),
    ];

    private static readonly IPNetwork _publicV6 = IPNetwork.Parse("2000::/3");

    /// <summary>What is wrong with the URL; null: nothing that can be seen before its name is resolved.</summary>
    public static string? Refuse(string url, bool allowPrivate)
    {
        if (url.Length > LongestUrl || !Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            return $"must be an absolute URL of at most {LongestUrl} characters, such as https://example.org/octomil";
        }

        if (uri.Scheme != Uri.UriSchemeHttps && !(allowPrivate && uri.Scheme == Uri.UriSchemeHttp))
        {
            return "must begin with https://";
        }

        if (uri.UserInfo.Length > 0 || uri.Fragment.Length > 0)
        {
            return "must have no user, password or fragment: messages are signed, and the secret is how to know them";
        }

        return allowPrivate || !IPAddress.TryParse(uri.DnsSafeHost, out var address) || IsPublic(address)
            ? null
            : "must be reachable over the internet: addresses of private networks and of the service's own machine are not sent to";
    }

    public static bool IsPublic(IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return (plain.AddressFamily is AddressFamily.InterNetwork || (plain.AddressFamily is AddressFamily.InterNetworkV6 && _publicV6.Contains(plain)))
            && !Array.Exists(_special, network => network.Contains(plain));
    }
}
