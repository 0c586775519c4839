using Octomil.Devices;

namespace Octomil.Storage;

public sealed class SqliteDeviceRegistryTests : DeviceRegistryTests, IDisposable
{
    private readonly TestStorage _storage = new();

    private protected override IDeviceRegistry Registry => _storage.Registry;

    public void Dispose() => _storage.Dispose();
}
