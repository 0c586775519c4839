using Octomil.Testing;

namespace Octomil.Benchmarks;

/// <summary>A benchmark on a private PostgreSQL; where the machine has none, it measures nothing and says so.</summary>
internal abstract class PostgresBenchmark : IBenchmark
{
    public abstract string Name { get; }

    public async Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken)
    {
        if (PostgresServer.Missing is { } missing)
        {
            Console.Error.WriteLine($"{Name}: {missing} Nothing is measured.");
            return [];
        }

        await using var postgres = await PostgresServer.StartAsync(cancellationToken);
        return await RunAsync(postgres, cancellationToken);
    }

    protected abstract Task<IReadOnlyList<Measurement>> RunAsync(PostgresServer postgres, CancellationToken cancellationToken);
}
