using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Octomil.Learning.Privacy;

namespace Octomil.Benchmarks;

/// <summary>
/// The noise of 10 million parameters on one thread, beside the fastest way we know to only draw normal doubles of the same random words
/// (AES-256, Box and Muller in 512-bit vectors, into a buffer in cache), which rounds nothing, adds nothing and proves nothing.
/// </summary>
internal sealed class NoiseBenchmark : IBenchmark
{
    private const int Parameters = 10_000_000;
    private const int Rounds = 9;
    private const double Sigma = 1 << 24;
    private const double Millions = Parameters / 1e6;

    private readonly ulong[] _drawn = new ulong[NoiseWords.ChunksOfFill * NoiseWords.WordsOfChunk];
    private readonly double[] _normals = new double[NoiseWords.ChunksOfFill * NoiseWords.WordsOfChunk];
    private readonly double[] _sines = new double[NoiseWords.ChunksOfFill * NoiseWords.WordsOfChunk / 2];
    private readonly double[] _cosines = new double[NoiseWords.ChunksOfFill * NoiseWords.WordsOfChunk / 2];

    public string Name => "noise";

    public Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken)
    {
        var sums = new long[Parameters];
        using var words = new NoiseWords(new byte[32]);
        using var noise = GaussianNoise.Create(Sigma);
        using var strong = GaussianNoise.Create(Sigma * 64);
        var speeds = Stopwatches.Medians(
            Rounds,
            cancellationToken,
            () => ForEachFill(words, () => { }),
            () => ForEachFill(words, Transform),
            () => ForEachFill(words, TransformWithLibrary),
            () => noise.AddTo(sums, 0),
            () => strong.AddTo(sums, 0)).Select(seconds => Millions / seconds).ToArray();
        const string Unit = "M/s";
        return Task.FromResult<IReadOnlyList<Measurement>>(
        [
            Measurement.Report("random words only (AES-256)", speeds[0], Unit),
            Measurement.Report("normal doubles, our transform", speeds[1], Unit),
            Measurement.Report("normal doubles, the library's log, sin, cos", speeds[2], Unit),
            Measurement.Compare("exact rounded noise added to sums, to normal doubles", speeds[3], Unit, Math.Max(speeds[1], speeds[2]), 0.5),
            Measurement.Compare("the same at a noise multiplier of 64", speeds[4], Unit, Math.Max(speeds[1], speeds[2])),
        ]);
    }

    private void ForEachFill(NoiseWords words, Action transform)
    {
        for (var coordinate = 0; coordinate < Parameters; coordinate += _drawn.Length)
        {
            words.Fill(coordinate / NoiseWords.WordsOfChunk, _drawn);
            transform();
        }
    }

    private void Transform()
    {
        ref var target = ref MemoryMarshal.GetArrayDataReference(_normals);
        for (var i = 0; i < _drawn.Length; i += NoiseWords.WordsOfChunk)
        {
            var (radii, angles) = NoiseKernel.Load(_drawn.AsSpan(i, NoiseWords.WordsOfChunk));
            var length = NoiseKernel.Radius(NoiseKernel.Uniform(radii));
            var (x, y) = NoiseKernel.Direction(angles);
            (length * x).StoreUnsafe(ref target, (nuint)i);
            (length * y).StoreUnsafe(ref target, (nuint)i + 8);
        }
    }

    private void TransformWithLibrary()
    {
        var half = _drawn.Length / 2;
        var radii = _normals.AsSpan(0, half);
        var angles = _normals.AsSpan(half);
        TensorPrimitives.ConvertTruncating<ulong, double>(_drawn.AsSpan(0, half), radii);
        TensorPrimitives.ConvertTruncating<ulong, double>(_drawn.AsSpan(half), angles);
        TensorPrimitives.Multiply(radii, Math.ScaleB(1, -64), radii);
        TensorPrimitives.Log<double>(radii, radii);
        TensorPrimitives.Multiply(radii, -2, radii);
        TensorPrimitives.Sqrt<double>(radii, radii);
        TensorPrimitives.Multiply(angles, Math.ScaleB(2 * Math.PI, -64), angles);
        TensorPrimitives.SinCos<double>(angles, _sines, _cosines);
        TensorPrimitives.Multiply<double>(radii, _sines, angles);
        TensorPrimitives.Multiply<double>(radii, _cosines, radii);
    }
}
