using System.Runtime.CompilerServices;
using Octomil.Learning.Weights;

namespace Octomil.Training;

/// <summary>The tensors that an update of a round must have; parsed once a fold, gone with the fold.</summary>
internal sealed class UpdateLayouts
{
    // Metadata, escaped names and padding that an honest header has beside the model's own.
    private const long HeaderAllowance = 256 * 1024;

    private readonly ConditionalWeakTable<IRoundFold, Entry> _layouts = [];

    public Entry Of(IRoundFold fold) => _layouts.GetValue(fold, static fold =>
    {
        var layout = SafetensorsHeader.Parse(fold.BaseHeader.Span, null).Layout;
        var sent = fold.Plan.HasControls ? layout.WithControls() : layout;
        return new Entry(sent, sent.FileBytes + (2 * fold.BaseHeader.Length) + HeaderAllowance);
    });

    /// <summary>The tensors, and the most bytes of an update with them.</summary>
    internal sealed record Entry(WeightsLayout Layout, long MaxBytes);
}
