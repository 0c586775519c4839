using System.Buffers;
using System.IO.Pipelines;
using Octomil.Learning.Weights;

namespace Octomil.Benchmarks;

/// <summary>Reading and checking an update of 10 million parameters from memory, beside a plain copy of its bytes.</summary>
internal sealed class UpdateReaderBenchmark : IBenchmark
{
    private const int Tensors = 20;
    private const int TensorElements = 500_000;
    private const int SegmentBytes = 64 * 1024;
    private const int Rounds = 15;

    private static readonly WeightsLayout Layout = WeightsLayout.Create(
        Enumerable.Range(0, Tensors).Select(i => new TensorSpec($"layer.{i}.weight", TensorType.F32, [TensorElements])));

    public string Name => "update-reader";

    public async Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken)
    {
        var body = await BodyAsync(cancellationToken);
        var sequence = Sequence(body);
        var values = new float[Layout.ParameterCount];
        var copy = new byte[body.Length];
        var times = Stopwatches.Medians(
            Rounds,
            cancellationToken,
            () => body.CopyTo(copy.AsSpan()),
            () => sequence.CopyTo(copy),
            () => Read(PipeReader.Create(sequence), values, cancellationToken));
        var speeds = times.Select(seconds => body.Length / seconds / 1e9).ToArray();
        return
        [
            Measurement.Report("copying 40 MB", speeds[0], "GB/s"),
            Measurement.Report("copying 40 MB in segments of 64 KB", speeds[1], "GB/s"),
            Measurement.Compare("reading and checking an update, to copying", speeds[2], "GB/s", speeds[1]),
        ];
    }

    private static void Read(PipeReader pipe, float[] values, CancellationToken cancellationToken)
    {
        // Everything is in memory, so the task is complete.
        var content = UpdateReader.ReadAsync(pipe, Layout, new UpdateLimits(1024, 65_536), values, cancellationToken).AsTask().GetAwaiter().GetResult();
        if (content.SampleCount != 1)
        {
            throw new InvalidOperationException("The update was not read.");
        }
    }

    private static async Task<byte[]> BodyAsync(CancellationToken cancellationToken)
    {
        var random = new Random(1);
        var values = new float[Layout.ParameterCount];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = random.NextSingle() - 0.5f;
        }

        using var stream = new MemoryStream();
        await UpdateWriter.WriteAsync(stream, Layout, values, new UpdateContent { SampleCount = 1 }, cancellationToken);
        return stream.ToArray();
    }

    private static ReadOnlySequence<byte> Sequence(byte[] body)
    {
        var first = new Segment(body.AsMemory(0, Math.Min(SegmentBytes, body.Length)), 0);
        var last = first;
        for (var begin = SegmentBytes; begin < body.Length; begin += SegmentBytes)
        {
            last = last.Append(body.AsMemory(begin, Math.Min(SegmentBytes, body.Length - begin)));
        }

        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long runningIndex) => (Memory, RunningIndex) = (memory, runningIndex);

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
