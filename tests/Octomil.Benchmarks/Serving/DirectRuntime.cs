using Microsoft.ML.OnnxRuntime;
using Octomil.Learning.Architectures;

namespace Octomil.Benchmarks;

/// <summary>ONNX Runtime as a program uses it that has its input as numbers already: one row, on one thread, into the same buffers.</summary>
internal sealed class DirectRuntime : IDisposable
{
    private static readonly string[] _inputs = ["input"];
    private static readonly string[] _outputs = ["probabilities"];

    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();
    private readonly OrtValue _input;
    private readonly OrtValue _output;

    public DirectRuntime(string path, Architecture architecture)
    {
        using var options = new SessionOptions { IntraOpNumThreads = 1, InterOpNumThreads = 1 };
        _session = new InferenceSession(path, options);
        long[] shape = architecture.Image is { } image ? [1, image.Channels, image.Height, image.Width] : [1, architecture.ColumnCount];
        _input = OrtValue.CreateTensorValueFromMemory(new float[shape.Aggregate((product, size) => product * size)], shape);
        _output = OrtValue.CreateTensorValueFromMemory(new float[architecture.Classes.Length], [1, architecture.Classes.Length]);
    }

    public void Run() => _session.Run(_run, _inputs, [_input], _outputs, [_output]);

    public void Dispose()
    {
        _input.Dispose();
        _output.Dispose();
        _run.Dispose();
        _session.Dispose();
    }
}
