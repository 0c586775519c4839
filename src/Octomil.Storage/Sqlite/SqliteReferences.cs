using System.Text.Json;

namespace Octomil.Storage.Sqlite;

/// <summary>Reads a page of rows at a time: a long read would keep the log from being truncated, which erasure waits for.</summary>
internal sealed class SqliteReferences(SqliteDatabase database) : IStoredReferences
{
    private const int PageRows = 200;

    private const string Page = """
        SELECT Id, PayloadBinary FROM OrleansStorage
        WHERE Id > @After AND PayloadBinary IS NOT NULL AND GrainTypeString NOT IN (SELECT value FROM json_each(@Except))
        ORDER BY Id LIMIT @Rows
        """;

    public async Task<IReadOnlySet<string>> FindWeightsAsync(IReadOnlyCollection<string> exceptStates, CancellationToken cancellationToken)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var (except, after) = (JsonSerializer.Serialize(exceptStates), (long?)0);

        while (after is { } last)
        {
            after = await database.ReadAsync(session => ReadPage(session, last, except, names), cancellationToken);
        }

        return names;
    }

    // The last row's number, or null at the end.
    private static long? ReadPage(SqliteSession session, long after, string except, HashSet<string> names)
    {
        var statement = session.Statement(Page);
        statement.Parameters.AddWithValue("@After", after);
        statement.Parameters.AddWithValue("@Except", except);
        statement.Parameters.AddWithValue("@Rows", PageRows);
        using var reader = statement.ExecuteReader();
        long? last = null;

        while (reader.Read())
        {
            last = reader.GetInt64(0);
            HashNames.AddTo(names, reader.GetFieldValue<byte[]>(1));
        }

        return last;
    }
}
