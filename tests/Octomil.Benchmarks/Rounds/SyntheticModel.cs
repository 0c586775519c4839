using Octomil.Learning.Weights;

namespace Octomil.Benchmarks;

/// <summary>A model of some size in a few tensors, and an update for it.</summary>
internal static class SyntheticModel
{
    private const int TensorElements = 500_000;

    public static WeightsLayout Layout(int parameters) => WeightsLayout.Create(
        Enumerable.Range(0, (parameters + TensorElements - 1) / TensorElements)
            .Select(i => new TensorSpec($"layer.{i}.weight", TensorType.F32, [Math.Min(TensorElements, parameters - (i * TensorElements))])));

    public static ModelWeights Weights(int parameters) => ModelWeights.Create(Layout(parameters));

    /// <summary>The whole body of an update.</summary>
    public static async Task<byte[]> UpdateAsync(int parameters, CancellationToken cancellationToken)
    {
        var random = new Random(1);
        var values = new float[parameters];

        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (random.NextSingle() - 0.5f) / 100;
        }

        using var stream = new MemoryStream();
        await UpdateWriter.WriteAsync(stream, Layout(parameters), values, new UpdateContent { SampleCount = 100 }, cancellationToken);
        return stream.ToArray();
    }
}
