using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Octomil.Learning.Aggregation;

namespace Octomil.Benchmarks;

/// <summary>The exact fold of 10 million parameters beside a plain float32 sum and beside only reading the updates.</summary>
internal sealed class FoldBenchmark : IBenchmark
{
    private const int Parameters = 10_000_000;
    private const int Queued = 4;
    private const int Rounds = 15;
    private const double GigabytesOfOne = Parameters * sizeof(float) / 1e9;

    private readonly FoldPlan _plan = new(1024, 65_536, 10_000);

    public string Name => "fold";

    public Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken)
    {
        var updates = Enumerable.Range(0, Queued).Select(Values).ToArray();
        FoldInput[] inputs = [.. updates.Select((values, i) => new FoldInput(values, 1, 100 + i))];
        var sums = new ExactSums(Aligned<uint>(), Aligned<sbyte>(), Aligned<int>());
        var floats = Aligned<float>();
        var times = Stopwatches.Medians(
            Rounds,
            cancellationToken,
            () => Read(updates, 0, Parameters),
            () => Axpy(updates, floats, 0, Parameters),
            () => OneByOne(sums, inputs, FoldKernel.Best),
            () => ExactFold.Add(sums, _plan, inputs),
            () => Parallel.For(0, 2, half => Axpy(updates, floats, half * (Parameters / 2), Parameters / 2)),
            () => ExactFold.Add(sums, _plan, inputs, degreeOfParallelism: 2),
            () => Parallel.For(0, 2, half => Read(updates, half * (Parameters / 2), Parameters / 2)),
            () => OneByOne(sums, inputs, FoldKernel.Vector256),
            () => ExactFold.Run(sums, _plan, inputs, 1, FoldKernel.Vector256),
            () => ExactFold.Run(sums, _plan, inputs, 1, FoldKernel.Scalar));
        var speeds = times.Select(seconds => Queued * GigabytesOfOne / seconds).ToArray();
        return Task.FromResult(Measurements(speeds));
    }

    private static IReadOnlyList<Measurement> Measurements(double[] speeds)
    {
        const string Unit = "GB/s";
        var (read, axpy, one, four) = (speeds[0], speeds[1], speeds[2], speeds[3]);
        return
        [
            Measurement.Report("reading updates only", read, Unit),
            Measurement.Report("float32 axpy", axpy, Unit),
            Measurement.Compare("fold, one update a pass, to axpy", one, Unit, axpy, 0.75),
            Measurement.Compare("fold, four updates a pass, to axpy", four, Unit, axpy, 1.3),
            Measurement.Compare("fold, four updates a pass, to reading", four, Unit, read, 0.85),
            Measurement.Report("reading updates only, two threads", speeds[6], Unit),
            Measurement.Report("float32 axpy, two threads", speeds[4], Unit),
            Measurement.Compare("fold, four updates, two threads, to axpy on one", speeds[5], Unit, axpy, 2 * 1.3),
            Measurement.Compare("fold, four updates, two threads, to one", speeds[5], Unit, four),
            Measurement.Compare("fold, four updates, two threads, to reading on two", speeds[5], Unit, speeds[6]),
            Measurement.Compare("fold, one update, 256-bit, to axpy", speeds[7], Unit, axpy),
            Measurement.Compare("fold, four updates, 256-bit, to axpy", speeds[8], Unit, axpy),
            Measurement.Compare("fold, four updates, scalar, to axpy", speeds[9], Unit, axpy),
        ];
    }

    private static Memory<float> Values(int seed)
    {
        var random = new Random(seed);
        var memory = Aligned<float>();
        var values = memory.Span;

        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (random.NextSingle() - 0.5f) / 100;
        }

        return memory;
    }

    // At the beginning of a cache line, as the service's buffers are.
    private static unsafe Memory<T> Aligned<T>()
        where T : unmanaged
    {
        const int Alignment = 64;
        var array = GC.AllocateArray<T>(Parameters + (Alignment / sizeof(T)), pinned: true);
        var misaligned = (nint)Unsafe.AsPointer(ref array[0]) & (Alignment - 1);
        return array.AsMemory((int)((Alignment - misaligned) / sizeof(T)), Parameters);
    }

    private static void Read(Memory<float>[] updates, int begin, int length)
    {
        foreach (var update in updates)
        {
            _ = TensorPrimitives.SumOfSquares<float>(update.Span.Slice(begin, length));
        }
    }

    private static void Axpy(Memory<float>[] updates, Memory<float> sums, int begin, int length)
    {
        foreach (var update in updates)
        {
            var sum = sums.Span.Slice(begin, length);
            TensorPrimitives.MultiplyAdd(update.Span.Slice(begin, length), 0.25f, sum, sum);
        }
    }

    private void OneByOne(ExactSums sums, FoldInput[] inputs, FoldKernel kernel)
    {
        for (var i = 0; i < inputs.Length; i++)
        {
            ExactFold.Run(sums, _plan, inputs.AsSpan(i, 1), 1, kernel);
        }
    }
}
