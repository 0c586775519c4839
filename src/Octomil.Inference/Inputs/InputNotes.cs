namespace Octomil.Inference.Inputs;

/// <summary>What was noticed while reading an input, for the answer.</summary>
internal sealed class InputNotes(RowReader? reader)
{
    private readonly SortedSet<int> _missing = [];

    /// <summary>Features that had no value in some row; they were taken as their mean, or as no category.</summary>
    public IReadOnlyList<string> MissingFeatures => [.. _missing.Select(feature => reader!.NameOf(feature))];

    public void Missing(int feature) => _missing.Add(feature);

    public void Missing(IEnumerable<int> features) => _missing.UnionWith(features);
}
