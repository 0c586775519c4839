using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Octomil.Storage.Sqlite;

/// <summary>Connections that read. In WAL they neither wait for the writer nor hold it up.</summary>
internal sealed class SqliteReaders(string path, TimeSpan busyTimeout, int limit) : IDisposable
{
    private readonly SemaphoreSlim _places = new(limit, limit);
    private readonly ConcurrentBag<SqliteSession> _idle = [];

    /// <summary>Runs <paramref name="body"/> with what was committed before the call, and maybe more.</summary>
    public async Task<T> RunAsync<T>(Func<SqliteSession, T> body, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);

        try
        {
            return Run(body);
        }
        catch (SqliteException exception)
        {
            throw SqliteErrors.Translate(exception, path);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var session))
        {
            session.Dispose();
        }

        _places.Dispose();
    }

    private T Run<T>(Func<SqliteSession, T> body)
    {
        if (!_idle.TryTake(out var session))
        {
            session = SqliteSession.Open(path, busyTimeout, readOnly: true);
        }

        try
        {
            var result = body(session);
            _idle.Add(session);
            return result;
        }
        catch
        {
            // After an error a new connection is the safe one.
            session.Dispose();
            throw;
        }
    }
}
