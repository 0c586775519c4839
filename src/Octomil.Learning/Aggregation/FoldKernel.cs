namespace Octomil.Learning.Aggregation;

/// <summary>Which instructions fold; all give the same bits. Tests and benchmarks choose, the service takes the best there is.</summary>
internal enum FoldKernel
{
    None = 0,
    Best = 1,
    Avx512 = 2,
    Vector256 = 3,
    Scalar = 4,
}
