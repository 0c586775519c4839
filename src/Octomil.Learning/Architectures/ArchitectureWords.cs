using System.Collections.Frozen;

namespace Octomil.Learning.Architectures;

/// <summary>The words of the wire and the enums behind them.</summary>
internal static class ArchitectureWords
{
    public static readonly FrozenDictionary<string, ArchitectureKind> Kinds = Map(ArchitectureKind.Linear, ArchitectureKind.Mlp, ArchitectureKind.Cnn);

    public static readonly FrozenDictionary<string, OutputType> OutputTypes = Map(OutputType.Binary, OutputType.Multiclass, OutputType.Regression);

    public static readonly FrozenDictionary<string, Activation> Activations = Map(Activation.Relu);

    public static readonly FrozenDictionary<string, FeatureType> FeatureTypes = Map(FeatureType.Number, FeatureType.Category);

    // The wire's words are the names in lower case.
#pragma warning disable CA1308
    public static string Word(Enum value) => value.ToString().ToLowerInvariant();
#pragma warning restore CA1308

    private static FrozenDictionary<string, T> Map<T>(params T[] values)
        where T : struct, Enum => values.ToFrozenDictionary(value => Word(value), StringComparer.Ordinal);
}
