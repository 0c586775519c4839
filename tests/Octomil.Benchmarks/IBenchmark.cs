namespace Octomil.Benchmarks;

/// <summary>A named group of measurements that run together, so that their ratios come from one run.</summary>
internal interface IBenchmark
{
    string Name { get; }

    Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken);
}
