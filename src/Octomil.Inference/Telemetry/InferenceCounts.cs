namespace Octomil.Inference.Telemetry;

/// <summary>Answers of one version over some time.</summary>
internal sealed record InferenceCounts
{
    public required long Requests { get; init; }

    /// <summary>Of these, answers that the model itself failed to give.</summary>
    public required long Errors { get; init; }

    /// <summary>Answers by latency, one number for each bound of <see cref="InferenceMeter.BoundsInMilliseconds"/> and one beyond.</summary>
    public required long[] Buckets { get; init; }

    public static InferenceCounts None => new() { Requests = 0, Errors = 0, Buckets = new long[InferenceMeter.BoundsInMilliseconds.Length + 1] };
}
