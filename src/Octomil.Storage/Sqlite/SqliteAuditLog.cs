using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Octomil.Organizations;

namespace Octomil.Storage.Sqlite;

internal sealed class SqliteAuditLog(SqliteDatabase database) : IAuditLog
{
    private const string Append = """
        INSERT INTO AuditLog (OrganizationId, At, Actor, ActorName, Action, Subject, Address, UserAgent, Outcome, Detail)
        VALUES (@OrganizationId, @At, @Actor, @ActorName, @Action, @Subject, @Address, @UserAgent, @Outcome, @Detail)
        """;

    private static readonly string _own = $"{NewestOf("@OrganizationId")} ORDER BY 1 DESC LIMIT @Limit";
    private static readonly string _withService = $"{NewestOf("@OrganizationId")} UNION ALL {NewestOf("''")} ORDER BY 1 DESC LIMIT @Limit";

    public Task AppendAsync(AuditEntry entry, CancellationToken cancellationToken) =>
        database.WriteAsync(WriteKind.Statement, session => Write(session, entry.Bounded()), cancellationToken);

    public Task<ImmutableArray<AuditEntry>> ListAsync(AuditQuery query, CancellationToken cancellationToken) =>
        database.ReadAsync(session => Read(session, query), cancellationToken);

    // OR over two organizations would read the whole index; each part is read from its own end, and no further than the page.
    private static string NewestOf(string organization) => $"""
        SELECT * FROM (SELECT Sequence, OrganizationId, At, Actor, ActorName, Action, Subject, Address, UserAgent, Outcome, Detail FROM AuditLog
        WHERE OrganizationId = {organization} AND Sequence < @Before AND At >= @Since ORDER BY Sequence DESC LIMIT @Limit)
        """;

    private static int Write(SqliteSession session, AuditEntry entry)
    {
        var statement = session.Statement(Append);
        Add(statement, "@OrganizationId", entry.OrganizationId);
        Add(statement, "@At", entry.At.UtcTicks);
        Add(statement, "@Actor", entry.Actor);
        Add(statement, "@ActorName", entry.ActorName);
        Add(statement, "@Action", entry.Action);
        Add(statement, "@Subject", entry.Subject);
        Add(statement, "@Address", entry.Address);
        Add(statement, "@UserAgent", entry.UserAgent);
        Add(statement, "@Outcome", (int)entry.Outcome);
        Add(statement, "@Detail", entry.Detail);
        return statement.ExecuteNonQuery();
    }

    private static ImmutableArray<AuditEntry> Read(SqliteSession session, AuditQuery query)
    {
        var statement = session.Statement(query.WithService ? _withService : _own);
        Add(statement, "@OrganizationId", query.OrganizationId);
        Add(statement, "@Before", query.Before ?? long.MaxValue);
        Add(statement, "@Since", (query.Since ?? DateTimeOffset.MinValue).UtcTicks);
        Add(statement, "@Limit", query.Limit);
        using var reader = statement.ExecuteReader();
        var entries = ImmutableArray.CreateBuilder<AuditEntry>();

        while (reader.Read())
        {
            entries.Add(new AuditEntry
            {
                Sequence = reader.GetInt64(0),
                OrganizationId = reader.GetString(1),
                At = new DateTimeOffset(reader.GetInt64(2), TimeSpan.Zero),
                Actor = reader.GetString(3),
                ActorName = Text(reader, 4),
                Action = reader.GetString(5),
                Subject = Text(reader, 6),
                Address = Text(reader, 7),
                UserAgent = Text(reader, 8),
                Outcome = (AuditOutcome)reader.GetInt32(9),
                Detail = Text(reader, 10),
            });
        }

        return entries.ToImmutable();
    }

    private static string? Text(SqliteDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    private static void Add(SqliteCommand statement, string name, object? value) => statement.Parameters.AddWithValue(name, value ?? DBNull.Value);
}
