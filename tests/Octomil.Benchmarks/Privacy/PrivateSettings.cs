namespace Octomil.Benchmarks;

/// <summary>How a run goes: the same for every budget, and public.</summary>
/// <param name="Rounds">Releases; all of them together cost what the budget holds.</param>
/// <param name="Clip">C: largest L2 norm of an update.</param>
/// <param name="Epochs">Passes of a device over its rows in a round.</param>
/// <param name="LearningRate">Step size of the device.</param>
internal sealed record PrivateSettings(int Rounds, double Clip, int Epochs, double LearningRate);
