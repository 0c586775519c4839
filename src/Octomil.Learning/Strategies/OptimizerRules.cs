namespace Octomil.Learning.Strategies;

/// <summary>Checks that every server optimizer makes.</summary>
internal static class OptimizerRules
{
    public static void CheckLengths(int stateVectors, ReadOnlySpan<double> aggregate, ReadOnlySpan<double> weights, ReadOnlySpan<double> state)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Length, aggregate.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(state.Length, aggregate.Length * stateVectors);
    }
}
