using Octomil.Learning.Weights;

namespace Octomil.Client;

/// <summary>Weights as arrays by name, for training loops that think in state_dicts.</summary>
public static class StateDict
{
    /// <summary>A copy of the trained tensors, each row-major, by name.</summary>
    public static Dictionary<string, float[]> ToStateDict(this ModelWeights weights) => weights.Layout.Tensors
        .Where(tensor => tensor.IsTrained)
        .ToDictionary(tensor => tensor.Name, tensor => weights[tensor.Name].ToArray(), StringComparer.Ordinal);

    /// <summary>These weights with the given trained tensors; tensors that are not named stay as they are.</summary>
    /// <exception cref="ArgumentException">A name or a number of elements is not the model's.</exception>
    public static ModelWeights WithStateDict(this ModelWeights weights, IReadOnlyDictionary<string, float[]> stateDict)
    {
        var copy = weights.WithTrained([.. weights.Trained]);
        foreach (var (name, values) in stateDict)
        {
            if (!copy.Layout.TryGetTrained(name, out var spec, out _) || spec.ElementCount != values.Length)
            {
                throw new ArgumentException($"The model has no trained tensor '{name}' of {values.Length} elements.", nameof(stateDict));
            }

            values.CopyTo(copy[name]);
        }

        return copy;
    }
}
