using Octomil.Learning.Weights;

namespace Octomil.Learning.Architectures;

/// <summary>The tensors of an architecture, and their first values.</summary>
internal static class ArchitectureTensors
{
    private const int KernelSize = 3;

    public static WeightsLayout Layout(Architecture architecture) => WeightsLayout.Create(
    [
        new TensorSpec("input.mean", TensorType.F32, [architecture.ScaleCount]),
        new TensorSpec("input.std", TensorType.F32, [architecture.ScaleCount]),
        .. Layers(architecture).SelectMany(layer => layer.Tensors),
    ]);

    public static ModelWeights Initialize(Architecture architecture)
    {
        var weights = ModelWeights.Create(Layout(architecture));
        var random = new Xoshiro256(architecture.Seed);
        var next = 0;
        foreach (var layer in Layers(architecture))
        {
            var bound = Math.Sqrt(layer.FanIn);
            for (var end = next + layer.Count; next < end; next++)
            {
                weights.Trained[next] = (float)(((2 * random.NextUnit()) - 1) / bound);
            }
        }

        return weights;
    }

    /// <summary>Trained elements; cannot overflow for sizes within the limits.</summary>
    public static long CountParameters(Architecture architecture) => Layers(architecture).Sum(layer => layer.Count);

    /// <summary>Height and width after the convolutions and poolings, 0 if nothing is left.</summary>
    public static (int Height, int Width) PooledSize(ImageShape image, int convolutions) => (image.Height >> convolutions, image.Width >> convolutions);

    private static IEnumerable<Layer> Layers(Architecture architecture)
    {
        var inputs = architecture.ColumnCount;
        if (architecture is { Kind: ArchitectureKind.Cnn, Image: { } image })
        {
            var channels = image.Channels;
            for (var i = 0; i < architecture.Convolutions.Length; i++)
            {
                yield return new Layer($"conv.{i}", [architecture.Convolutions[i], channels, KernelSize, KernelSize]);
                channels = architecture.Convolutions[i];
            }

            var (height, width) = PooledSize(image, architecture.Convolutions.Length);
            inputs = channels * height * width;
        }

        foreach (var (i, outputs) in architecture.Hidden.Append(architecture.OutputDim).Index())
        {
            yield return new Layer($"dense.{i}", [outputs, inputs]);
            inputs = outputs;
        }
    }

    private sealed record Layer(string Name, long[] Shape)
    {
        /// <summary>Inputs of one output.</summary>
        public long FanIn => Shape[1..].Aggregate(1L, (product, dimension) => product * dimension);

        /// <summary>Elements of weight and bias.</summary>
        public long Count => Shape[0] * (FanIn + 1);

        public IEnumerable<TensorSpec> Tensors =>
        [
            new TensorSpec($"{Name}.weight", TensorType.F32, [.. Shape]),
            new TensorSpec($"{Name}.bias", TensorType.F32, [Shape[0]]),
        ];
    }
}
