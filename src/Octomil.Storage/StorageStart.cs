using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Hosting;
using Octomil.Storage.Payloads;

namespace Octomil.Storage;

/// <summary>
/// Opens the data folder and brings the schema up to date before any service starts: Data Protection would otherwise create its
/// folder for everybody to read, and Orleans providers would ask a database that is not there.
/// </summary>
internal sealed class StorageStart(DataFolder folder, IDatabase database, IPayloadLifecycle payloads, IDataProtectionProvider protection) : IHostedLifecycleService
{
    private bool _isOpen;

    /// <summary>Does nothing the second time. Not to be called twice at once.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        if (!_isOpen)
        {
            folder.Open();
            await payloads.OpenAsync(cancellationToken);
            await database.OpenAsync(Share, cancellationToken);
            _isOpen = true;
        }
    }

    public Task StartingAsync(CancellationToken cancellationToken) => OpenAsync(cancellationToken);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // One server after the other: of two that found no key ring each would make a key and keep to it for a day, and neither would know
    // the other's.
    private void Share(string databaseId)
    {
        folder.Claim(databaseId);
        protection.CreateProtector(nameof(StorageStart)).Protect([]);
    }
}
