using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Octomil.Webhooks;

/// <summary>Section <c>Octomil:Webhooks</c>.</summary>
public sealed class WebhookOptions
{
    public const string Section = "Octomil:Webhooks";

    /// <summary>
    /// Also plain HTTP, and addresses of private networks and of this machine. Without it a tenant could make the service ask its
    /// operator's own network.
    /// </summary>
    public bool AllowPrivateAddresses { get; set; }

    /// <summary>Webhooks of one organization.</summary>
    [Range(1, 100)]
    public int MostPerOrganization { get; set; } = 10;

    /// <summary>How long a receiver may take to answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:20")]
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The pause after the first failure; each further one is three times as long.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromSeconds(5);

    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromHours(4);

    /// <summary>How long an event is tried for.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromHours(24);

    /// <summary>A webhook to which nothing could be delivered for so long is disabled.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "60.00:00:00")]
    public TimeSpan DisableAfter { get; set; } = TimeSpan.FromDays(3);

    /// <summary>The share of a privacy budget at which an organization hears that it is nearly spent.</summary>
    [Range(0.01, 1.0)]
    public double BudgetThreshold { get; set; } = 0.8;
}

[OptionsValidator]
internal sealed partial class WebhookOptionsValidator : IValidateOptions<WebhookOptions>;
