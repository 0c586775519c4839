using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Octomil;

/// <summary>Section <c>Octomil:Requests</c>: how the process shares its work between organizations.</summary>
internal sealed class RequestOptions
{
    public const string Section = "Octomil:Requests";

    /// <summary>Requests that are worked on at the same time. Bodies of updates, downloads and open connections are not among them.</summary>
    [Range(1, 100_000)]
    public int AtOnce { get; set; } = 512;

    /// <summary>Requests of one organization that wait for their turn; more are answered 429.</summary>
    [Range(0, 1_000_000)]
    public int LongestQueue { get; set; } = 4096;

    /// <summary>How long a request waits for its turn before it is answered 429.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan Wait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Addresses, or networks in CIDR notation, of proxies whose word on a client's address (<c>X-Forwarded-For</c>) is taken. Beside
    /// those that are configured, this machine's own.
    /// </summary>
    public IList<string> TrustedProxies { get; } = ["127.0.0.0/8", "::1"];
}

[OptionsValidator]
internal sealed partial class RequestOptionsValidator : IValidateOptions<RequestOptions>;
