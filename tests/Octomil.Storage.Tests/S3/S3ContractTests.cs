using Xunit;

namespace Octomil.Storage.S3;

[Collection(WithSwift.Name)]
public sealed class S3ContractTests(SwiftServer server) : PayloadContractTests, IAsyncLifetime
{
    private TestBucket _bucket = null!;

    internal override IPayloadStore Store => _bucket.Payloads;

    internal override IPayloadInventory Inventory => _bucket.Payloads;

    public async ValueTask InitializeAsync() => _bucket = await TestBucket.CreateAsync(server);

    public ValueTask DisposeAsync()
    {
        _bucket.Dispose();
        return ValueTask.CompletedTask;
    }

    protected override Task ForgetAsync()
    {
        _bucket.EmptyCache();
        return Task.CompletedTask;
    }
}
