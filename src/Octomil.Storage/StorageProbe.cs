using System.Security.Cryptography;
using Octomil.Storage.Sqlite;

namespace Octomil.Storage;

internal sealed class StorageProbe(SqliteDatabase database, DataFolder folder) : IStorageProbe
{
    private const string Count = "INSERT INTO StorageProbe (Id, Count) VALUES (1, 1) ON CONFLICT (Id) DO UPDATE SET Count = Count + 1";

    public async Task<StorageHealth> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await database.WriteAsync(WriteKind.Statement, session => session.Execute(Count), cancellationToken);
            var file = Path.Combine(folder.PayloadsPath, "tmp", "probe-" + RandomNumberGenerator.GetHexString(8, lowercase: true));
            await File.WriteAllTextAsync(file, "probe", cancellationToken);
            File.Delete(file);
            return new StorageHealth(Ok: true, Reason: null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return new StorageHealth(Ok: false, exception.Message);
        }
    }
}
