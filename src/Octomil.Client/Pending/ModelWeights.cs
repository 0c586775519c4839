#pragma warning disable IDE0130 // Its namespace is that of the type it stands in for.
namespace Octomil.Learning.Weights;

/// <summary>Stands in for the type of Octomil.Learning until that one is merged; left out of the build as soon as it is there.</summary>
public sealed class ModelWeights
{
    /// <summary>All trained elements, in layout order.</summary>
    public ReadOnlyMemory<float> Trained { get; init; }
}
