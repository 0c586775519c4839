using Microsoft.Data.Sqlite;

namespace Octomil.Storage.Sqlite;

/// <summary>Turns the database's exceptions into ours: theirs cannot cross a grain call.</summary>
internal static class SqliteErrors
{
    private const int Denied = 3;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int ReadOnly = 8;
    private const int InputOutput = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int FileTooBig = 22;
    private const int NotADatabase = 26;

    /// <summary>The connection's own files or pages may be the trouble: a new one may get on where this one does not.</summary>
    public static bool IsOfConnection(Exception exception) =>
        exception is SqliteException { SqliteErrorCode: ReadOnly or InputOutput or Corrupt or CannotOpen or NotADatabase };

    public static Exception Translate(Exception exception, string databasePath) =>
        exception is SqliteException sqlite ? Translate(sqlite, databasePath) : exception;

    private static Exception Translate(SqliteException exception, string databasePath)
    {
        var reason = exception.SqliteErrorCode switch
        {
            Busy or Locked => "it is locked by another process or a long read",
            ReadOnly => "it is read-only; check the permissions of the folder",
            Denied => "permission denied; check the permissions of the folder",
            FileTooBig => "the file would be bigger than the system allows",
            InputOutput => "reading or writing failed; check the disk",
            Corrupt or NotADatabase => "it is damaged; restore a backup",
            Full => "the disk is full; free some space",
            CannotOpen => "it cannot be opened; check the permissions of the folder",
            _ => null,
        };

        return reason is null
            ? new InvalidOperationException($"A statement on the database {databasePath} failed: {exception.Message}")
            : new StorageUnavailableException($"The database {databasePath} is unavailable: {reason} (SQLite error {exception.SqliteExtendedErrorCode}).");
    }
}
