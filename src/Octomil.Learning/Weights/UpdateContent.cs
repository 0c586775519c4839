namespace Octomil.Learning.Weights;

/// <summary>What an update says beside its values, and what was measured while it was read.</summary>
public sealed record UpdateContent
{
    /// <summary>What the values are.</summary>
    public UpdateFormat Format { get; init; } = UpdateFormat.Difference;

    /// <summary>Training examples behind the update, as sent; at least 1.</summary>
    public required long SampleCount { get; init; }

    /// <summary><see cref="SampleCount"/> under the round's cap: the weight by examples.</summary>
    public long CappedSampleCount { get; init; }

    /// <summary>Optimizer steps taken; 0 if not said.</summary>
    public long Steps { get; init; }

    /// <summary>Mean training loss (for <c>qfedavg</c> the loss of the base).</summary>
    public double? Loss { get; init; }

    /// <summary>Hold-out examples behind <see cref="EvalLoss"/> and <see cref="EvalAccuracy"/>.</summary>
    public long EvalCount { get; init; }

    /// <summary>Loss of the round's base on the hold-out.</summary>
    public double? EvalLoss { get; init; }

    /// <summary>Accuracy of the round's base on the hold-out, 0 to 1.</summary>
    public double? EvalAccuracy { get; init; }

    /// <summary>
    /// More metrics: the text of a JSON object of numbers, at most 16 KB. Part of the format, so it is checked; the service keeps none of
    /// it, for a round's loss and accuracy come from the hold-out alone, and other numbers have no place in a private round's mechanism.
    /// </summary>
    public string? Metrics { get; init; }

    /// <summary>Largest absolute value of all elements; measured, not sent.</summary>
    public double MaxAbs { get; init; }

    /// <summary>
    /// Sum of the squares of all elements in double precision; measured, not sent. The same values give the same bits, however they
    /// were cut into packets, ordered into tensors or processed.
    /// </summary>
    public double SumOfSquares { get; init; }
}
