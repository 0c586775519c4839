using Octomil.Deployments;
using Octomil.Devices;

namespace Octomil.Storage;

public sealed class SqliteVersionReportsTests : VersionReportsTests, IDisposable
{
    private readonly TestStorage _storage = new();

    private protected override IVersionReports Reports => _storage.Reports;

    private protected override IDeviceRegistry Registry => _storage.Registry;

    public void Dispose() => _storage.Dispose();
}
