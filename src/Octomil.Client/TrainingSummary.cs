using Octomil.Client.Rounds;
using Octomil.Training;

namespace Octomil.Client;

/// <summary>What a device did in a run.</summary>
public sealed record TrainingSummary
{
    /// <summary>The model, as the caller named it.</summary>
    public required string Model { get; init; }

    /// <summary>The run, <c>run_...</c>.</summary>
    public string? SessionId { get; init; }

    /// <summary>Every round this device was selected for, of any kind and outcome, in order.</summary>
    public required IReadOnlyList<RoundParticipation> Rounds { get; init; }

    /// <summary>Training rounds in which this device's update was accepted.</summary>
    public int RoundsTrained => Rounds.Count(round => round is { Kind: RoundKinds.Train, Outcome: RoundOutcome.Accepted });

    /// <summary>The run ended; false: the device left after the rounds it was asked for.</summary>
    public required bool RunEnded { get; init; }

    /// <summary>COMPLETED, STOPPED or FAILED; null if the run goes on or its end was not told.</summary>
    public string? RunStatus { get; init; }

    /// <summary>The version that the run published.</summary>
    public string? NewVersion { get; init; }
}
