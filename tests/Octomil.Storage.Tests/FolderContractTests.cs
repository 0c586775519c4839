namespace Octomil.Storage;

public sealed class FolderContractTests : PayloadContractTests, IDisposable
{
    private readonly TestStorage _storage = new();

    internal override IPayloadStore Store => _storage.Payloads;

    internal override IPayloadInventory Inventory => _storage.Payloads;

    public void Dispose() => _storage.Dispose();

    protected override Task ForgetAsync() => Task.CompletedTask;
}
