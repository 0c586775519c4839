using System.Net.Sockets;
using Npgsql;

namespace Octomil.Storage.Postgres;

/// <summary>Turns the database's exceptions into ours: theirs cannot cross a grain call.</summary>
internal static class PostgresErrors
{
    // The first two characters of an SQLSTATE are its class (PostgreSQL manual, appendix A).
    private static readonly HashSet<string> _unavailable =
    [
        "08", // connection
        "28", // not let in
        "3D", // no such database
        "40", // lost against another transaction
        "42501", // permission denied
        "53", // disk, memory or connections used up
        "55", // locked, or in recovery
        "57", // shut down, cancelled, starting
        "58", // the system under it failed
        "25006", // read-only
        "XX", // damaged
    ];

    public static async Task<T> TranslateAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception exception) when (exception is NpgsqlException or SocketException or TimeoutException)
        {
            throw Translate(exception);
        }
    }

    public static Task TranslateAsync(Func<Task> call) => TranslateAsync(async () =>
    {
        await call();
        return true;
    });

    public static Exception Translate(Exception exception)
    {
        if (exception is PostgresException { SqlState: var state } && !_unavailable.Contains(state) && !_unavailable.Contains(state[..2]))
        {
            return new InvalidOperationException($"A statement on the database failed: {((PostgresException)exception).MessageText} (SQLSTATE {state}).");
        }

        var reason = exception switch
        {
            PostgresException { SqlState: PostgresErrorCodes.DiskFull } => "its disk is full; free some space",
            PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => "it is read-only; is this a standby?",
            PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } => "it has no connection left; raise max_connections, or lower Maximum Pool Size",
            PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow } => "it is starting or stopping",
            PostgresException postgres => postgres.MessageText,
            _ => exception.GetBaseException().Message.TrimEnd('.'),
        };
        return new StorageUnavailableException($"The database is unavailable: {reason}.");
    }
}
