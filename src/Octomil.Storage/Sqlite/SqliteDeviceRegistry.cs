using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Octomil.Devices;

namespace Octomil.Storage.Sqlite;

internal sealed class SqliteDeviceRegistry(SqliteDatabase database) : IDeviceRegistry
{
    private const string Upsert = """
        INSERT INTO Devices (Id, OrganizationId, Identifier, Platform, SdkVersion, RegisteredAt, LastSeenAt, Groups, Facts, Reported, RevokedAt)
        VALUES (@Id, @OrganizationId, @Identifier, @Platform, @SdkVersion, @RegisteredAt, @LastSeenAt, @Groups, @Facts, @Reported, @RevokedAt)
        ON CONFLICT (OrganizationId, Identifier) DO UPDATE
        SET Id = excluded.Id, Platform = excluded.Platform, SdkVersion = excluded.SdkVersion, RegisteredAt = excluded.RegisteredAt,
            LastSeenAt = MAX(LastSeenAt, excluded.LastSeenAt), Groups = excluded.Groups, Facts = excluded.Facts,
            Reported = excluded.Reported, RevokedAt = excluded.RevokedAt
        RETURNING RowNumber
        """;

    private const string Leave = """
        DELETE FROM DeviceGroups WHERE RowNumber = @RowNumber AND GroupName NOT IN (SELECT value FROM json_each(@Groups))
        """;

    private const string Join = """
        INSERT INTO DeviceGroups (OrganizationId, GroupName, Identifier, RowNumber)
        SELECT @OrganizationId, value, @Identifier, @RowNumber FROM json_each(@Groups) WHERE TRUE
        ON CONFLICT (OrganizationId, GroupName, Identifier) DO NOTHING
        """;

    private const string Columns = "d.Id, d.OrganizationId, d.Identifier, d.Platform, d.SdkVersion, d.RegisteredAt, d.LastSeenAt, d.Groups, d.Facts, d.Reported, d.RevokedAt";

    private const string PageOfAll = $"""
        SELECT {Columns} FROM Devices d
        WHERE d.OrganizationId = @OrganizationId ORDER BY d.Identifier LIMIT @Limit OFFSET @Offset
        """;

    private const string PageOfGroup = $"""
        SELECT {Columns} FROM DeviceGroups g JOIN Devices d ON d.RowNumber = g.RowNumber
        WHERE g.OrganizationId = @OrganizationId AND g.GroupName = @GroupName ORDER BY g.Identifier LIMIT @Limit OFFSET @Offset
        """;

    private const string Total = "SELECT Devices FROM OrganizationDeviceCounts WHERE OrganizationId = @OrganizationId";

    private const string TotalOfGroup = "SELECT Devices FROM DeviceCounts WHERE OrganizationId = @OrganizationId AND GroupName = @GroupName";

    public Task UpsertAsync(ImmutableArray<DeviceRow> rows, CancellationToken cancellationToken) =>
        database.WriteAsync(WriteKind.Unit, session => Write(session, rows), cancellationToken);

    public Task<DevicePage> ListAsync(string organizationId, string? group, int limit, int offset, CancellationToken cancellationToken) =>
        database.ReadAsync(
            session =>
            {
                // The page and the total are of the same moment. A failure ends the session, and with it the transaction.
                session.Execute("BEGIN");
                var page = new DevicePage(ReadPage(session, organizationId, group, limit, offset), Count(session, organizationId, group));
                session.Execute("COMMIT");
                return page;
            },
            cancellationToken);

    public Task<long> CountAsync(string organizationId, string group, CancellationToken cancellationToken) =>
        database.ReadAsync(session => Count(session, organizationId, group), cancellationToken);

    private static int Write(SqliteSession session, ImmutableArray<DeviceRow> rows)
    {
        foreach (var row in rows)
        {
            var groups = JsonSerializer.Serialize(row.Groups);
            var rowNumber = (long)With(
                session.Statement(Upsert), ("@Id", row.Id), ("@OrganizationId", row.OrganizationId), ("@Identifier", row.Identifier),
                ("@Platform", row.Platform), ("@SdkVersion", row.SdkVersion), ("@RegisteredAt", row.RegisteredAt.UtcTicks),
                ("@LastSeenAt", row.LastSeenAt.UtcTicks), ("@Groups", groups),
                ("@Facts", JsonSerializer.Serialize(row.Facts)), ("@Reported", JsonSerializer.Serialize(row.Reported)),
                ("@RevokedAt", row.RevokedAt?.UtcTicks)).ExecuteScalar()!;
            With(session.Statement(Leave), ("@RowNumber", rowNumber), ("@Groups", groups)).ExecuteNonQuery();
            With(
                session.Statement(Join), ("@OrganizationId", row.OrganizationId), ("@Identifier", row.Identifier),
                ("@RowNumber", rowNumber), ("@Groups", groups)).ExecuteNonQuery();
        }

        return rows.Length;
    }

    private static ImmutableArray<DeviceRow> ReadPage(SqliteSession session, string organizationId, string? group, int limit, int offset)
    {
        var statement = With(
            session.Statement(group is null ? PageOfAll : PageOfGroup), ("@OrganizationId", organizationId), ("@Limit", limit), ("@Offset", offset));

        if (group is not null)
        {
            With(statement, ("@GroupName", group));
        }

        using var reader = statement.ExecuteReader();
        var rows = ImmutableArray.CreateBuilder<DeviceRow>();

        while (reader.Read())
        {
            rows.Add(new DeviceRow
            {
                Id = reader.GetString(0),
                OrganizationId = reader.GetString(1),
                Identifier = reader.GetString(2),
                Platform = reader.IsDBNull(3) ? null : reader.GetString(3),
                SdkVersion = reader.IsDBNull(4) ? null : reader.GetString(4),
                RegisteredAt = new DateTimeOffset(reader.GetInt64(5), TimeSpan.Zero),
                LastSeenAt = new DateTimeOffset(reader.GetInt64(6), TimeSpan.Zero),
                Groups = [.. JsonSerializer.Deserialize<string[]>(reader.GetString(7))!],
                Facts = Texts(reader.GetString(8)),
                Reported = Texts(reader.GetString(9)),
                RevokedAt = reader.IsDBNull(10) ? null : new DateTimeOffset(reader.GetInt64(10), TimeSpan.Zero),
            });
        }

        return rows.ToImmutable();
    }

    private static ImmutableSortedDictionary<string, string> Texts(string json) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(json)!.ToImmutableSortedDictionary(StringComparer.Ordinal);

    private static long Count(SqliteSession session, string organizationId, string? group)
    {
        var statement = With(session.Statement(group is null ? Total : TotalOfGroup), ("@OrganizationId", organizationId));

        if (group is not null)
        {
            With(statement, ("@GroupName", group));
        }

        return statement.ExecuteScalar() is long count ? count : 0;
    }

    private static SqliteCommand With(SqliteCommand statement, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        foreach (var (name, value) in parameters)
        {
            statement.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        return statement;
    }
}
