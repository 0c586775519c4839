using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Octomil.Training;

/// <summary>Section <c>Octomil:Rounds</c>.</summary>
internal sealed class RoundOptions
{
    public const string Section = "Octomil:Rounds";

    /// <summary>Memory of a silo for updates that are being received or wait to be folded. Past it a PUT waits, then gets 429.</summary>
    [Range(1L << 20, 1L << 40)]
    public long BufferBudgetBytes { get; set; } = 512L << 20;

    /// <summary>
    /// Memory of a round's sums on a silo, 8 bytes a parameter, within which the organizations of a federation have sums of their own, so
    /// that one which is excluded in mid-round is left out exactly. Past it they share one, and the attempt is given up instead.
    /// </summary>
    [Range(0L, 1L << 40)]
    public long BucketBudgetBytes { get; set; } = 1L << 30;

    /// <summary>The most sums that are kept apart in a round: each one that a batch changes is a file to write before its updates count.</summary>
    [Range(1, 256)]
    public int MostBuckets { get; set; } = 64;

    /// <summary>Memory for a block of stored updates, for strategies that need every update.</summary>
    [Range(1L << 20, 1L << 36)]
    public long ShardBudgetBytes { get; set; } = 256L << 20;

    /// <summary>How long a PUT waits for a buffer.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan BufferWait { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a PUT waits for its update to be durable before it is asked to come again.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan CommitPatience { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>The longest that a commit waits for updates which are being received at the same time.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan LongestGathering { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Attempts at a round number before the run pauses.</summary>
    [Range(1, 100)]
    public int Attempts { get; set; } = 3;

    /// <summary>The most devices in a cohort.</summary>
    [Range(1, 100_000)]
    public int LargestCohort { get; set; } = 10_000;

    /// <summary>How often a run that waits for devices looks again.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan LookForDevices { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest that the metrics of the final weights are waited for.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan EvaluationTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How often storage is looked through for what rounds that are over have left behind; at a silo's start too.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan SweepInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How old weights that nothing refers to have to be before they are deleted. Longer than the longest time for which the database may be
    /// away between the weights of a round and the row that names them: less than some minutes only where nothing trains.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan WeightsGrace { get; set; } = TimeSpan.FromDays(1);
}

[OptionsValidator]
internal sealed partial class RoundOptionsValidator : IValidateOptions<RoundOptions>;
