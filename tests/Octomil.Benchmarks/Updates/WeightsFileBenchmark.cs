using System.Runtime.InteropServices;
using Octomil.Learning.Weights;
using Octomil.Learning.Weights.PyTorch;

namespace Octomil.Benchmarks;

/// <summary>Reading files of 100 MB that lie in memory into a reused buffer, with all checks on, beside copying as many bytes.</summary>
internal sealed class WeightsFileBenchmark : IBenchmark
{
    private const int Tensors = 10;
    private const int Elements = 2_500_000;
    private const int Rounds = 15;
    private const double Gigabytes = Tensors * (double)Elements * sizeof(float) / 1e9;

    private static readonly WeightsLayout _layout = WeightsLayout.Create(
        Enumerable.Range(0, Tensors).Select(i => new TensorSpec($"layer.{i}.weight", TensorType.F32, [Elements / 500, 500])));

    private static readonly Dictionary<string, string> _metadata = new() { ["update_format"] = "weights", ["sample_count"] = "1" };

    public string Name => "weights-files";

    public async Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken)
    {
        var random = new Random(1);
        var weights = ModelWeights.Create(_layout);
        foreach (ref var value in weights.Trained.AsSpan())
        {
            value = random.NextSingle() - 0.5f;
        }

        var safetensors = await FileAsync(stream => weights.SaveAsync(stream, null, cancellationToken));
        var archive = await FileAsync(stream => TorchArchiveWriter.WriteAsync(stream, weights, cancellationToken));
        var destination = new float[weights.Trained.Length];
        var times = Stopwatches.Medians(
            Rounds,
            cancellationToken,
            () => safetensors.AsSpan(safetensors.Length - (destination.Length * sizeof(float))).CopyTo(MemoryMarshal.AsBytes(destination.AsSpan())),
            () => Read(safetensors, destination),
            () => Read(archive, destination));
        var speeds = times.Select(seconds => Gigabytes / seconds).ToArray();
        return
        [
            Measurement.Report("copying 100 MB", speeds[0], "GB/s"),
            Measurement.Compare("safetensors of 100 MB, to copying", speeds[1], "GB/s", speeds[0], 0.7),
            Measurement.Compare("stored PyTorch archive of 100 MB, to copying", speeds[2], "GB/s", speeds[0], 0.7),
        ];
    }

    private static void Read(byte[] file, float[] destination) =>
        UpdateFile.Read(file, _metadata, _layout, new UpdateLimits(1024, 65_536), destination);

    private static async Task<byte[]> FileAsync(Func<Stream, Task> write)
    {
        using var file = new MemoryStream();
        await write(file);
        return file.ToArray();
    }
}
