namespace Octomil.DeviceSimulator.Histories;

/// <summary>What a checker found in a history.</summary>
/// <param name="Violations">Every broken promise, in words; none: the history is one that the service may have.</param>
/// <param name="Unverified">What could not be checked, and why.</param>
/// <param name="Acknowledged">Updates that were acknowledged, each once.</param>
/// <param name="PublishedRounds">Rounds that were published.</param>
/// <param name="RecomputedRounds">Those of them whose weights were made again and are the same.</param>
internal sealed record HistoryVerdict(
    IReadOnlyList<string> Violations, IReadOnlyList<string> Unverified, int Acknowledged, int PublishedRounds, int RecomputedRounds);
