using Octomil.Learning.Architectures;

namespace Octomil.Benchmarks;

/// <summary>A federated learning task on real data.</summary>
/// <param name="Name">The data.</param>
/// <param name="ArchitectureJson">The model.</param>
/// <param name="Organizations">The data of each device, by organization.</param>
/// <param name="Test">Data that no device has.</param>
/// <param name="Rounds">Rounds of the run.</param>
/// <param name="LocalEpochs">Passes of a device over its data in a round; null: the service's default.</param>
internal sealed record LearningCase(
    string Name, string ArchitectureJson, IReadOnlyList<IReadOnlyList<string>> Organizations, string Test, int Rounds, int? LocalEpochs = null)
{
    public Architecture Architecture { get; } = Architecture.Parse(ArchitectureJson);
}
