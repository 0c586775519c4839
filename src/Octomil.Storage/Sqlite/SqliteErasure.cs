using Microsoft.Extensions.Options;

namespace Octomil.Storage.Sqlite;

/// <summary>
/// Deleted content is overwritten in its pages (<c>secure_delete</c>), and the log is copied into the database and truncated. Copies
/// from pages that split or moved stay, until a VACUUM.
/// </summary>
internal sealed class SqliteErasure(SqliteDatabase database, IOptions<StorageOptions> options, TimeProvider clock) : IErasure
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;
    private Task? _next;

    public Task FlushAsync(CancellationToken cancellationToken)
    {
        Task flush;

        lock (_lock)
        {
            // One that runs may be past what this caller deleted; one that has not begun serves everyone who waits for it.
            flush = _next ??= FlushAfterAsync(_running);
        }

        return flush.WaitAsync(cancellationToken);
    }

    private async Task FlushAfterAsync(Task before)
    {
        // Never on the caller's stack: it holds the lock and has not kept this task yet.
        await Task.Yield();
        await Task.WhenAny(before);

        lock (_lock)
        {
            _running = _next ?? Task.CompletedTask;
            _next = null;
        }

        var started = clock.GetTimestamp();

        while (!await TryTruncateAsync())
        {
            if (clock.GetElapsedTime(started) > options.Value.ErasureTimeout)
            {
                throw new StorageUnavailableException("A reader held old pages of the database for too long; what was deleted may still be in its log.");
            }

            await Task.Delay(RetryAfter, clock);
        }
    }

    /// <summary>False: a reader still looks at old pages.</summary>
    private Task<bool> TryTruncateAsync() => database.WriteAsync(WriteKind.Alone, Truncate, CancellationToken.None);

    private static bool Truncate(SqliteSession session)
    {
        // Other writes wait behind this one, so it must not wait for readers itself.
        session.Execute("PRAGMA busy_timeout=0");

        try
        {
            using var reader = session.Statement("PRAGMA wal_checkpoint(TRUNCATE)").ExecuteReader();
            return reader.Read() && reader.GetInt64(0) == 0;
        }
        finally
        {
            session.RestoreBusyTimeout();
        }
    }
}
