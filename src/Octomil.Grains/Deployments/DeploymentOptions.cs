using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Octomil.Deployments;

/// <summary>Section <c>Octomil:Deployments</c>: when versions go back by themselves, where an organization's settings say nothing else.</summary>
public sealed class DeploymentOptions
{
    public const string Section = "Octomil:Deployments";

    public bool AutoRollback { get; set; } = true;

    /// <summary>Share of inferences that may end in an error.</summary>
    [Range(0.0, 1.0)]
    public double ErrorThreshold { get; set; } = 0.05;

    /// <summary>Share of inferences that may end in a crash.</summary>
    [Range(0.0, 1.0)]
    public double CrashThreshold { get; set; } = 0.01;

    /// <summary>Milliseconds that the 95th percentile of the latency may take; null: not watched.</summary>
    [Range(0.001, 3_600_000)]
    public double? LatencyP95Milliseconds { get; set; }

    /// <summary>With fewer inferences in the window nothing is judged.</summary>
    [Range(1, 1_000_000_000)]
    public int MinimumSample { get; set; } = 50;

    /// <summary>What was reported longer ago does not count.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>After a rollback none happens by itself for so long.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan Cooldown { get; set; } = TimeSpan.FromMinutes(30);

    internal RollbackPolicy ToPolicy() => new()
    {
        Enabled = AutoRollback,
        ErrorThreshold = ErrorThreshold,
        CrashThreshold = CrashThreshold,
        LatencyP95Milliseconds = LatencyP95Milliseconds,
        MinimumSample = MinimumSample,
        Window = Window,
        Cooldown = Cooldown,
    };
}

[OptionsValidator]
internal sealed partial class DeploymentOptionsValidator : IValidateOptions<DeploymentOptions>;
