using Octomil.Deployments;
using Octomil.Devices;
using Xunit;

namespace Octomil.Storage.Postgres;

public sealed class PostgresVersionReportsTests : VersionReportsTests, IAsyncLifetime
{
    private TestPostgres? _storage;

    private protected override IVersionReports Reports => _storage!.Reports;

    private protected override IDeviceRegistry Registry => _storage!.Registry;

    public async ValueTask InitializeAsync() => _storage = await TestPostgres.OpenAsync(Cancellation);

    public ValueTask DisposeAsync() => _storage?.DisposeAsync() ?? ValueTask.CompletedTask;
}
