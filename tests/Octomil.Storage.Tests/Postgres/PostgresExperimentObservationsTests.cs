using Octomil.Experiments;
using Xunit;

namespace Octomil.Storage.Postgres;

public sealed class PostgresExperimentObservationsTests : ExperimentObservationsTests, IAsyncLifetime
{
    private TestPostgres? _storage;

    private protected override IExperimentObservations Observations => _storage!.Observations;

    public async ValueTask InitializeAsync() => _storage = await TestPostgres.OpenAsync(Cancellation);

    public ValueTask DisposeAsync() => _storage?.DisposeAsync() ?? ValueTask.CompletedTask;
}
