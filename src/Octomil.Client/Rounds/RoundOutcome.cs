namespace Octomil.Client.Rounds;

/// <summary>How a round ended for this device.</summary>
public enum RoundOutcome
{
    None = 0,

    /// <summary>The answer was accepted.</summary>
    Accepted = 1,

    /// <summary>The round closed before this device had answered.</summary>
    Closed = 2,

    /// <summary>This device did not finish before the deadline.</summary>
    DeadlinePassed = 3,

    /// <summary>The service no longer wants the answer: not selected, suspended, or closed meanwhile.</summary>
    Refused = 4,

    /// <summary>This device cannot do rounds of this kind.</summary>
    NotSupported = 5,

    /// <summary>The local data, the training or the service made an answer impossible.</summary>
    Failed = 6,
}
