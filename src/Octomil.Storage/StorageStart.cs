using Octomil.Storage.Payloads;
using Octomil.Storage.Sqlite;

namespace Octomil.Storage;

/// <summary>Opens the data folder and brings the schema up to date, before any Orleans provider asks for it.</summary>
internal sealed class StorageStart(DataFolder folder, SqliteDatabase database, FolderPayloads payloads) : ILifecycleParticipant<ISiloLifecycle>
{
    public void Participate(ISiloLifecycle lifecycle) =>
        lifecycle.Subscribe(nameof(StorageStart), ServiceLifecycleStage.First, OpenAsync);

    private Task OpenAsync(CancellationToken cancellationToken)
    {
        folder.Open();
        payloads.Open();
        database.Open();
        return Task.CompletedTask;
    }
}
