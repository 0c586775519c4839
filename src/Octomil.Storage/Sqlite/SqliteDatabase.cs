using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace Octomil.Storage.Sqlite;

/// <summary>The database of the data folder: one writer, several readers. Usable after <see cref="Open"/>.</summary>
internal sealed class SqliteDatabase(DataFolder folder, IOptions<StorageOptions> options) : IDatabase, IDisposable
{
    private const string Count = "INSERT INTO StorageProbe (Id, Count) VALUES (1, 1) ON CONFLICT (Id) DO UPDATE SET Count = Count + 1";

    private SqliteWriter? _writer;
    private SqliteReaders? _readers;

    public string Path => folder.DatabasePath;

    /// <summary>Brings the schema up to date and starts the writer. The folder must be open.</summary>
    public void Open()
    {
        var timeout = options.Value.BusyTimeout;
        SqliteSession? session = null;

        try
        {
            session = SqliteSession.Open(Path, timeout, readOnly: false);
            SqliteSchema.Migrate(session);
        }
        catch (SqliteException exception)
        {
            session?.Dispose();
            throw SqliteErrors.Translate(exception, Path);
        }
        catch
        {
            session?.Dispose();
            throw;
        }

        _writer = new SqliteWriter(session, () => SqliteSession.Open(Path, timeout, readOnly: false), Path);
        _readers = new SqliteReaders(Path, timeout, options.Value.Readers);
    }

    Task IDatabase.OpenAsync(Action<string> prepare, CancellationToken cancellationToken)
    {
        Open();
        return Task.CompletedTask;
    }

    public Task ProbeAsync() => WriteAsync(WriteKind.Statement, session => session.Execute(Count), CancellationToken.None);

    public Task<T> WriteAsync<T>(WriteKind kind, Func<SqliteSession, T> body, CancellationToken cancellationToken) =>
        (_writer ?? throw NotOpen()).RunAsync(kind, body, cancellationToken);

    public Task<T> ReadAsync<T>(Func<SqliteSession, T> body, CancellationToken cancellationToken) =>
        (_readers ?? throw NotOpen()).RunAsync(body, cancellationToken);

    public void Dispose()
    {
        _readers?.Dispose();
        _writer?.Dispose();
    }

    private static InvalidOperationException NotOpen() => new("The database is used before storage has started.");
}
