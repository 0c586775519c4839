namespace Octomil.Client.Rounds;

/// <summary>What this device did in one round. Losses are means over examples, accuracies fractions in [0, 1].</summary>
public sealed record RoundParticipation
{
    /// <summary>The round, <c>rnd_...</c>.</summary>
    public required string RoundId { get; init; }

    /// <summary>Counted from 1.</summary>
    public required int RoundNumber { get; init; }

    /// <summary>train, statistics or evaluate.</summary>
    public required string Kind { get; init; }

    /// <summary>How it ended.</summary>
    public required RoundOutcome Outcome { get; init; }

    /// <summary>Why it ended so, where that is not plain.</summary>
    public string? Reason { get; init; }

    /// <summary>Names the accepted answer.</summary>
    public string? UpdateId { get; init; }

    /// <summary>Training examples behind the update.</summary>
    public long SampleCount { get; init; }

    /// <summary>Mean training loss.</summary>
    public double? Loss { get; init; }

    /// <summary>Loss of the round's base on the hold-out.</summary>
    public double? EvalLoss { get; init; }

    /// <summary>Accuracy of the round's base on the hold-out.</summary>
    public double? EvalAccuracy { get; init; }

    /// <summary>Further numbers that training gave.</summary>
    public IReadOnlyDictionary<string, double>? Metrics { get; init; }

    /// <summary>Why an answer was impossible.</summary>
    internal Exception? Failure { get; init; }
}
