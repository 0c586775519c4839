using Octomil.Learning.Weights;

namespace Octomil.Learning.Architectures.Onnx;

/// <summary>The forward pass of an architecture (ARCHITECTURES) as a graph: scaling first, then convolutions, dense layers, probabilities.</summary>
internal sealed class OnnxLayers(Architecture architecture, ModelWeights weights)
{
    private readonly OnnxGraph _graph = new(architecture.TargetColumn);

    public OnnxGraph Build()
    {
        long[] row = architecture.Image is { } image ? [image.Channels, image.Height, image.Width] : [architecture.ColumnCount];
        var values = Scale(_graph.Input(OnnxNames.Input, row));
        for (var i = 0; i < architecture.Convolutions.Length; i++)
        {
            values = Convolution(values, i);
        }

        if (architecture.Image is not null)
        {
            values = _graph.Node("Flatten", "flat", [values], ("axis", [1]));
        }

        for (var i = 0; i <= architecture.Hidden.Length; i++)
        {
            values = Dense(values, i, isLast: i == architecture.Hidden.Length);
        }

        _graph.Output(OnnxNames.Logits, architecture.OutputDim);
        AddProbabilities();
        return _graph;
    }

    // x' = (x - mean) / std. A missing number of a table (NaN) becomes the mean, which is 0 once scaled.
    private string Scale(string input)
    {
        long[] shape = architecture.Image is { } image ? [image.Channels, 1, 1] : [architecture.ColumnCount];
        var mean = _graph.Constant("input.mean", shape, weights.Frozen("input.mean").ToArray());
        var deviation = _graph.Constant("input.std", shape, weights.Frozen("input.std").ToArray());
        var scaled = _graph.Node("Div", "scaled", [_graph.Node("Sub", "centered", [input, mean]), deviation]);
        if (architecture.Image is not null)
        {
            return scaled;
        }

        var isMissing = _graph.Node("IsNaN", "is_missing", [input]);
        return _graph.Node("Where", "filled", [isMissing, _graph.Constant("missing", [], new float[1]), scaled]);
    }

    private string Convolution(string values, int index)
    {
        var layer = $"conv.{index}";
        var convolved = _graph.Node("Conv", layer, [values, Trained($"{layer}.weight"), Trained($"{layer}.bias")],
            ("kernel_shape", [3, 3]), ("pads", [1, 1, 1, 1]), ("strides", [1, 1]));
        return _graph.Node("MaxPool", $"{layer}.pool", [Activate(convolved)], ("kernel_shape", [2, 2]), ("strides", [2, 2]));
    }

    private string Dense(string values, int index, bool isLast)
    {
        var layer = $"dense.{index}";
        var sums = _graph.Node("Gemm", isLast ? OnnxNames.Logits : layer, [values, Trained($"{layer}.weight"), Trained($"{layer}.bias")], ("transB", [1]));
        return isLast ? sums : Activate(sums);
    }

    private string Activate(string values) => architecture.Activation is Activation.Relu
        ? _graph.Node("Relu", $"{values}.activation", [values])
        : throw new NotSupportedException($"The activation {architecture.Activation} has no ONNX operator here.");

    private void AddProbabilities()
    {
        switch (architecture.OutputType)
        {
            case OutputType.Binary:
                var positive = _graph.Node("Sigmoid", "positive", [OnnxNames.Logits]);
                var negative = _graph.Node("Sub", "negative", [_graph.Constant("one", [], new float[] { 1 }), positive]);
                _graph.Node("Concat", OnnxNames.Probabilities, [negative, positive], ("axis", [1]));
                _graph.Output(OnnxNames.Probabilities, 2);
                break;
            case OutputType.Multiclass:
                _graph.Node("Softmax", OnnxNames.Probabilities, [OnnxNames.Logits], ("axis", [1]));
                _graph.Output(OnnxNames.Probabilities, architecture.OutputDim);
                break;
            default:
                break;
        }
    }

    private string Trained(string name)
    {
        _ = weights.Layout.TryGetTrained(name, out var spec, out var offset);
        return _graph.Constant(name, [.. spec.Shape], weights.Trained.AsMemory((int)offset, (int)spec.ElementCount));
    }
}
