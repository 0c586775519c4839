using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Octomil.Learning.Privacy;

namespace Octomil.Benchmarks;

/// <summary>
/// The noise of 10 million parameters on one thread, beside the fastest way we know to only draw normal doubles of the same random words
/// (AES-256, Box and Muller in vectors of 512 bits, into a buffer in cache), which rounds nothing, adds nothing and proves nothing. The
/// fastest of three: our transform in one loop, in two, and the library's functions. <c>DOTNET_EnableAVX512=0</c> measures all in 256 bits.
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
            () => ForEachFill(words, TransformInTwo),
            () => ForEachFill(words, TransformWithLibrary),
            () => noise.AddTo(sums, 0),
            () => strong.AddTo(sums, 0)).Select(seconds => Millions / seconds).ToArray();
        const string Unit = "M/s";
        return Task.FromResult<IReadOnlyList<Measurement>>(
        [
            Measurement.Report("random words only (AES-256)", speeds[0], Unit),
            Measurement.Report($"normal doubles, our transform in one loop, {(Vector512.IsHardwareAccelerated ? 512 : 256)} bits", speeds[1], Unit),
            Measurement.Report("normal doubles, our transform in two loops", speeds[2], Unit),
            Measurement.Report("normal doubles, the library's log, sin, cos", speeds[3], Unit),
            Measurement.Compare("exact rounded noise added to sums, to the fastest normal doubles", speeds[4], Unit, speeds[1..4].Max(), 0.5),
            Measurement.Compare("the same at a noise multiplier of 64", speeds[5], Unit, speeds[1..4].Max()),
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

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private void Transform()
    {
        ref var word = ref MemoryMarshal.GetArrayDataReference(_drawn);
        ref var target = ref MemoryMarshal.GetArrayDataReference(_normals);
        for (nuint i = 0; i < (nuint)_drawn.Length; i += NoiseWords.WordsOfChunk)
        {
            var length = NoiseKernel.Radius(NoiseKernel.Uniform(Vector512.LoadUnsafe(ref word, i)));
            var (x, y) = NoiseKernel.Direction(Vector512.LoadUnsafe(ref word, i + NoiseWords.PairsOfChunk));
            (length * x).StoreUnsafe(ref target, i);
            (length * y).StoreUnsafe(ref target, i + NoiseWords.PairsOfChunk);
        }
    }

    private void TransformInTwo()
    {
        NoiseKernel.Radii(_drawn, _normals);
        NoiseKernel.Turn(_drawn, _normals);
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
