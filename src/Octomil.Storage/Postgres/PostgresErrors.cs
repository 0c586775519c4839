using System.Net.Sockets;
using Npgsql;

namespace Octomil.Storage.Postgres;

/// <summary>Turns the database's exceptions into ours: theirs cannot cross a grain call.</summary>
internal static class PostgresErrors
{
    public static bool IsOfDatabase(Exception exception) => exception is NpgsqlException or SocketException or TimeoutException;

    public static Exception Translate(Exception exception)
    {
        var reason = exception switch
        {
            PostgresException { SqlState: PostgresErrorCodes.DiskFull } => "its disk is full",
            PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => "it is read-only; is this a standby?",
            PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } => "it has no connection left",
            PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow } => "it is starting or stopping",
            PostgresException { IsTransient: false } failed => failed.MessageText,
            _ => exception.GetBaseException().Message,
        };
        return new StorageUnavailableException($"The database is unavailable: {reason}.");
    }

    public static async Task<T> TranslateAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception exception) when (IsOfDatabase(exception))
        {
            throw Translate(exception);
        }
    }
}
