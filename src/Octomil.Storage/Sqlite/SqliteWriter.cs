using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Octomil.Storage.Sqlite;

/// <summary>
/// The one writer of the database: a thread with a connection of its own. Writes that wait while it flushes share the next
/// transaction, so the flush to disk, which is most of a write's cost, is paid once for all of them.
/// </summary>
internal sealed class SqliteWriter : IDisposable
{
    private const int MaxBatch = 512;

    private readonly BlockingCollection<WriteJob> _jobs = [];
    private readonly List<WriteJob> _batch = new(MaxBatch);
    private readonly Func<SqliteSession> _open;
    private readonly string _path;
    private readonly Thread _thread;
    private SqliteSession _session;
    private bool _suspect;
    private bool _disposed;

    /// <param name="session">An open session, the writer's from now on.</param>
    /// <param name="open">Opens another where that one does not get on.</param>
    /// <param name="path">For messages.</param>
    public SqliteWriter(SqliteSession session, Func<SqliteSession> open, string path)
    {
        (_session, _open, _path) = (session, open, path);
        _thread = new Thread(Loop) { IsBackground = true, Name = "sqlite-writer" };
        _thread.Start();
    }

    /// <summary>Runs <paramref name="body"/> on the writer. The task ends when the write is on disk.</summary>
    public Task<T> RunAsync<T>(WriteKind kind, Func<SqliteSession, T> body, CancellationToken cancellationToken)
    {
        var job = new WriteJob<T>(kind, body, cancellationToken);

        try
        {
            _jobs.Add(job, cancellationToken);
        }
        catch (InvalidOperationException)
        {
            return Task.FromException<T>(new StorageUnavailableException("The database is closed: the server is stopping."));
        }

        return job.Done;
    }

    /// <summary>Ends after the writes that were given to it.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        _jobs.CompleteAdding();
        _thread.Join();
        _session.Dispose();
        _jobs.Dispose();
    }

    private void Loop()
    {
        foreach (var first in _jobs.GetConsumingEnumerable())
        {
            var next = first;

            while (next is not null)
            {
                next = next.Kind is WriteKind.Alone ? RunAlone(next) : RunBatch(next);
            }
        }
    }

    private WriteJob? RunAlone(WriteJob job)
    {
        try
        {
            RenewSession();

            if (RunJob(job))
            {
                job.Complete();
            }
        }
        catch (SqliteException exception)
        {
            job.Fail(SqliteErrors.Translate(exception, _path));
        }

        return null;
    }

    /// <summary>Returns the job that came and cannot be in the batch.</summary>
    private WriteJob? RunBatch(WriteJob first)
    {
        _batch.Clear();
        WriteJob? left = null;

        try
        {
            RenewSession();
            _session.Execute("BEGIN IMMEDIATE");

            for (var job = first; job is not null; job = TakeForBatch(ref left))
            {
                // Known before it runs: if SQLite gives the transaction up, every job so far must hear of it.
                _batch.Add(job);

                if (!RunJob(job))
                {
                    _batch.RemoveAt(_batch.Count - 1);
                }

                if (!_session.InTransaction)
                {
                    throw new StorageUnavailableException($"The database {_path} gave up a transaction; nothing of it was saved.");
                }
            }

            _session.Execute("COMMIT");
        }
        catch (Exception exception) when (exception is SqliteException or StorageUnavailableException)
        {
            GiveUp(first, exception);
            return left;
        }

        foreach (var job in _batch)
        {
            job.Complete();
        }

        return left;
    }

    private WriteJob? TakeForBatch(ref WriteJob? left)
    {
        if (_batch.Count >= MaxBatch || !_jobs.TryTake(out var job))
        {
            return null;
        }

        if (job.Kind is WriteKind.Alone)
        {
            left = job;
            return null;
        }

        return job;
    }

    private bool RunJob(WriteJob job)
    {
        if (job.CancellationToken.IsCancellationRequested)
        {
            job.Cancel();
            return false;
        }

        try
        {
            if (job.Kind is WriteKind.Unit)
            {
                RunUnit(job);
            }
            else
            {
                job.Run(_session);
            }

            return true;
        }
#pragma warning disable CA1031 // Top of the loop: whatever a job throws is its caller's.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _suspect |= SqliteErrors.IsOfConnection(exception);
            job.Fail(SqliteErrors.Translate(exception, _path));
            return false;
        }
    }

    private void RunUnit(WriteJob job)
    {
        _session.Execute("SAVEPOINT unit");

        try
        {
            job.Run(_session);
        }
        catch
        {
            if (_session.InTransaction)
            {
                _session.Execute("ROLLBACK TO unit");
                _session.Execute("RELEASE unit");
            }

            throw;
        }

        _session.Execute("RELEASE unit");
    }

    // A disk that was read-only or gone may be back, and the connection not have noticed: no restart is needed for that.
    private void RenewSession()
    {
        if (_suspect)
        {
            var fresh = _open();
            _session.Dispose();
            (_session, _suspect) = (fresh, false);
        }
    }

    private void GiveUp(WriteJob first, Exception exception)
    {
        _suspect |= SqliteErrors.IsOfConnection(exception);

        try
        {
            if (_session.InTransaction)
            {
                _session.Execute("ROLLBACK");
            }
        }
        catch (SqliteException rollback)
        {
            (exception, _suspect) = (rollback, true);
        }

        var failure = SqliteErrors.Translate(exception, _path);
        first.Fail(failure);

        foreach (var job in _batch)
        {
            job.Fail(failure);
        }
    }
}
