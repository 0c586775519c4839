namespace Octomil.Client.Tables;

/// <summary>What a person may decide about an architecture that is otherwise inferred.</summary>
public sealed record ArchitectureInferenceOptions
{
    /// <summary><c>linear</c> or <c>mlp</c>.</summary>
    public string Kind { get; init; } = "linear";

    /// <summary>Widths of the hidden layers of an <c>mlp</c>; 64 and 32 where none is given.</summary>
    public IReadOnlyList<int> Hidden { get; init; } = [];

    /// <summary><c>binary</c>, <c>multiclass</c> or <c>regression</c>; null decides by the target's values.</summary>
    public string? OutputType { get; init; }

    /// <summary>Columns whose numbers are codes: one-hot instead of one number.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>Columns that are no features.</summary>
    public IReadOnlyList<string> Excluded { get; init; } = [];

    /// <summary>The seed of the initial weights.</summary>
    public long Seed { get; init; } = 1;
}
