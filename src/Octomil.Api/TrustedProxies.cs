using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace Octomil;

/// <summary>
/// Takes a client's address from the proxy in front of the server, if the proxy is one of those that are trusted
/// (<see cref="RequestOptions.TrustedProxies"/>): lock-outs and the audit log go by addresses.
/// </summary>
internal sealed class TrustedProxies(IOptions<RequestOptions> requests) : IConfigureOptions<ForwardedHeadersOptions>
{
    public void Configure(ForwardedHeadersOptions options)
    {
        options.ForwardedHeaders = ForwardedHeaders.XForwardedFor;
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in requests.Value.TrustedProxies)
        {
            options.KnownIPNetworks.Add(Read(proxy));
        }
    }

    private static System.Net.IPNetwork Read(string proxy) => IPAddress.TryParse(proxy, out var address)
        ? new System.Net.IPNetwork(address, address.GetAddressBytes().Length * 8)
        : System.Net.IPNetwork.TryParse(proxy, out var network)
            ? network
            : throw new OptionsValidationException(
                RequestOptions.Section, typeof(RequestOptions), [$"{RequestOptions.Section}:TrustedProxies: '{proxy}' is not an address like 10.0.0.7 or a network like 10.0.0.0/8."]);
}
