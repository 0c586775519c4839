namespace Octomil.Learning.Architectures.Onnx;

/// <summary>Nodes and constants of a graph in the making.</summary>
internal sealed class OnnxGraph
{
    private readonly ProtobufWriter _graph = new();
    private readonly List<OnnxTensor> _constants = [];

    public OnnxGraph(string name) => _graph.Text(OnnxFields.Graph.Name, name);

    public ReadOnlySpan<byte> Written => _graph.Written;

    public IReadOnlyList<OnnxTensor> Constants => _constants;

    public string Constant(string name, long[] shape, ReadOnlyMemory<float> values)
    {
        _constants.Add(new OnnxTensor(name, shape, values));
        return name;
    }

    /// <summary>Adds a node and returns the name of its output, which is also its own.</summary>
    public string Node(string type, string output, ReadOnlySpan<string> inputs, params ReadOnlySpan<(string Name, long[] Values)> attributes)
    {
        var node = new ProtobufWriter();
        foreach (var input in inputs)
        {
            node.Text(OnnxFields.Node.Input, input);
        }

        node.Text(OnnxFields.Node.Output, output);
        node.Text(OnnxFields.Node.Name, output);
        node.Text(OnnxFields.Node.OpType, type);
        foreach (var (name, values) in attributes)
        {
            node.Message(OnnxFields.Node.Attribute, attribute => Attribute(attribute, name, values));
        }

        _graph.Bytes(OnnxFields.Graph.Node, node.Written);
        return output;
    }

    /// <summary>Declares an input of rows: the first dimension is any number N of them.</summary>
    public string Input(string name, ReadOnlySpan<long> row)
    {
        Value(OnnxFields.Graph.Input, name, row.ToArray());
        return name;
    }

    public void Output(string name, long width) => Value(OnnxFields.Graph.Output, name, [width]);

    // One number is written as such, several as a list: no attribute used here is a list of one.
    private static void Attribute(ProtobufWriter attribute, string name, long[] values)
    {
        attribute.Text(OnnxFields.Attribute.Name, name);
        attribute.Number(OnnxFields.Attribute.Type, values.Length == 1 ? OnnxFields.IntegerAttribute : OnnxFields.IntegersAttribute);
        foreach (var value in values)
        {
            attribute.Number(values.Length == 1 ? OnnxFields.Attribute.Integer : OnnxFields.Attribute.Integers, value);
        }
    }

    private void Value(int field, string name, long[] row) => _graph.Message(field, value =>
    {
        value.Text(OnnxFields.Value.Name, name);
        value.Message(OnnxFields.Value.Type, type => type.Message(OnnxFields.Value.TensorType, tensor =>
        {
            tensor.Number(OnnxFields.Value.ElementType, OnnxFields.Float);
            tensor.Message(OnnxFields.Value.Shape, shape =>
            {
                shape.Message(OnnxFields.Value.Dimension, dimension => dimension.Text(OnnxFields.Value.DimensionName, "N"));
                foreach (var size in row)
                {
                    shape.Message(OnnxFields.Value.Dimension, dimension => dimension.Number(OnnxFields.Value.DimensionValue, size));
                }
            });
        }));
    });
}
