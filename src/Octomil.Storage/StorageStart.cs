using Microsoft.Extensions.Hosting;
using Octomil.Storage.Payloads;

namespace Octomil.Storage;

/// <summary>
/// Opens the data folder and brings the schema up to date before any service starts: Data Protection would otherwise create its
/// folder for everybody to read, and Orleans providers would ask a database that is not there.
/// </summary>
internal sealed class StorageStart(DataFolder folder, IDatabase database, FolderPayloads payloads) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        folder.Open();
        payloads.Open();
        await database.OpenAsync(cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
