using System.Collections.Immutable;
using Dapper;
using Npgsql;
using Octomil.Organizations;

namespace Octomil.Storage.Postgres;

internal sealed class PostgresAuditLog(NpgsqlDataSource source) : IAuditLog
{
    private const string Append = """
        INSERT INTO AuditLog (OrganizationId, At, Actor, ActorName, Action, Subject, Address, UserAgent, Outcome, Detail)
        VALUES (@OrganizationId, @At, @Actor, @ActorName, @Action, @Subject, @Address, @UserAgent, @Outcome, @Detail)
        """;

    private const string Page = """
        SELECT Sequence, OrganizationId, At, Actor, ActorName, Action, Subject, Address, UserAgent, Outcome, Detail FROM AuditLog
        WHERE OrganizationId = ANY (@Organizations) AND Sequence < @Before AND At >= @Since ORDER BY Sequence DESC LIMIT @Limit
        """;

    public Task AppendAsync(AuditEntry entry, CancellationToken cancellationToken) => PostgresErrors.TranslateAsync(async () =>
    {
        var row = entry.Bounded();
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(
            Append,
            new
            {
                row.OrganizationId, At = row.At.UtcDateTime, row.Actor, row.ActorName, row.Action, row.Subject, row.Address, row.UserAgent,
                Outcome = (short)row.Outcome, row.Detail,
            });
    });

    public Task<ImmutableArray<AuditEntry>> ListAsync(AuditQuery query, CancellationToken cancellationToken) => PostgresErrors.TranslateAsync(async () =>
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(
            Page,
            new
            {
                Organizations = query.WithService ? (string[])[query.OrganizationId, ""] : [query.OrganizationId],
                Before = query.Before ?? long.MaxValue,
                Since = (query.Since ?? DateTimeOffset.UnixEpoch).UtcDateTime,
                query.Limit,
            });
        return rows.Select(row => row.ToEntry()).ToImmutableArray();
    });

    private sealed class Row
    {
        public long Sequence { get; init; }
        public required string OrganizationId { get; init; }
        public DateTime At { get; init; }
        public required string Actor { get; init; }
        public string? ActorName { get; init; }
        public required string Action { get; init; }
        public string? Subject { get; init; }
        public string? Address { get; init; }
        public string? UserAgent { get; init; }
        public short Outcome { get; init; }
        public string? Detail { get; init; }

        public AuditEntry ToEntry() => new()
        {
            Sequence = Sequence,
            OrganizationId = OrganizationId,
            At = new DateTimeOffset(At, TimeSpan.Zero),
            Actor = Actor,
            ActorName = ActorName,
            Action = Action,
            Subject = Subject,
            Address = Address,
            UserAgent = UserAgent,
            Outcome = (AuditOutcome)Outcome,
            Detail = Detail,
        };
    }
}
