using Octomil.Learning.Architectures;
using Octomil.Learning.Weights;

namespace Octomil.Models;

/// <summary>The architecture of an uploaded version, or that it has none.</summary>
internal sealed class VersionArchitecture
{
    private readonly Architecture? _architecture;

    private VersionArchitecture(Architecture? architecture)
    {
        _architecture = architecture;
        Layout = architecture?.Layout();
    }

    public WeightsLayout? Layout { get; }

    public static Found<VersionArchitecture> Read(string? json)
    {
        try
        {
            return new Found<VersionArchitecture>(new VersionArchitecture(json is null ? null : Architecture.Parse(json)));
        }
        catch (ArchitectureException exception)
        {
            return new Found<VersionArchitecture>(Refusal.Invalid($"The architecture is not valid. {exception.Message}"));
        }
    }

    /// <summary>Seeded initial weights.</summary>
    public ModelWeights Initialize() => (_architecture ?? throw new InvalidOperationException("There is no architecture.")).Initialize();

    /// <summary>The canonical JSON. Inputs count as scaled where the architecture or the uploaded weights say how.</summary>
    public string? JsonFor(ModelWeights weights) => _architecture is null
        ? null
        : (_architecture with { Scaled = _architecture.Scaled || HasScale(weights) }).ToJson();

    private static bool HasScale(ModelWeights weights) =>
        weights.Frozen("input.mean").ContainsAnyExcept(0f) || weights.Frozen("input.std").ContainsAnyExcept(1f);
}
