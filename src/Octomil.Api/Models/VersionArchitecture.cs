using Octomil.Learning.Weights;

namespace Octomil.Models;

/// <summary>The architecture of an uploaded version, or that it has none.</summary>
internal sealed class VersionArchitecture
{
    public WeightsLayout? Layout { get; private init; }

    private string? Json { get; init; }

    public static Found<VersionArchitecture> Read(string? json) => json is null
        ? new Found<VersionArchitecture>(new VersionArchitecture())
        : new Found<VersionArchitecture>(Refusal.Invalid("Architectures are not available yet."));

    public ModelWeights Initialize() => ModelWeights.Create(Layout ?? throw new InvalidOperationException("There is no architecture."));

    public string? JsonFor(ModelWeights weights) => Json;
}
