using System.Globalization;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Octomil.Storage.Sqlite;

/// <summary>An open connection that keeps its statements prepared. Not for two threads at a time.</summary>
internal sealed class SqliteSession : IDisposable
{
    private const int MaxStatements = 128;

    private readonly Dictionary<string, SqliteCommand> _statements = new(StringComparer.Ordinal);

    private readonly string _busyTimeout;

    private SqliteSession(SqliteConnection connection, TimeSpan busyTimeout)
    {
        Connection = connection;
        _busyTimeout = string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout={(long)busyTimeout.TotalMilliseconds}");
    }

    public SqliteConnection Connection { get; }

    /// <summary>False after SQLite rolled a transaction back by itself.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(Connection.Handle) == 0;

    public static SqliteSession Open(string path, TimeSpan busyTimeout, bool readOnly)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Mode = SqliteOpenMode.ReadWriteCreate,
            Pooling = false,
            DefaultTimeout = Math.Max(1, (int)busyTimeout.TotalSeconds),
        }.ToString());

        try
        {
            connection.Open();
            var session = new SqliteSession(connection, busyTimeout);
            session.Configure(readOnly);
            return session;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The prepared statement for the text, with no parameters set.</summary>
    public SqliteCommand Statement(string text)
    {
        if (_statements.TryGetValue(text, out var known))
        {
            known.Parameters.Clear();
            return known;
        }

        if (_statements.Count >= MaxStatements)
        {
            Forget();
        }

        var statement = Connection.CreateCommand();
#pragma warning disable CA2100 // The texts are ours or the OrleansQuery table's; values are parameters.
        statement.CommandText = text;
#pragma warning restore CA2100
        _statements.Add(text, statement);
        return statement;
    }

    public int Execute(string text) => Statement(text).ExecuteNonQuery();

    public void RestoreBusyTimeout() => Execute(_busyTimeout);

    public void Dispose()
    {
        Forget();
        Connection.Dispose();
    }

    private void Configure(bool readOnly)
    {
        using var pragmas = Connection.CreateCommand();
#pragma warning disable CA2100 // Numbers only.
        pragmas.CommandText =
            $"{_busyTimeout}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; " +
            $"PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA query_only={(readOnly ? 1 : 0)};";
#pragma warning restore CA2100
        pragmas.ExecuteNonQuery();
    }

    private void Forget()
    {
        foreach (var statement in _statements.Values)
        {
            statement.Dispose();
        }

        _statements.Clear();
    }
}
