using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using Npgsql;
using Octomil.Devices;

namespace Octomil.Storage.Postgres;

internal sealed class PostgresDeviceRegistry(NpgsqlDataSource source) : IDeviceRegistry
{
    private const string Given = """
        json_to_recordset(@Rows::json) AS given (organizationid text, identifier text, id text, platform text, sdkversion text,
            registeredat timestamptz, lastseenat timestamptz, groups text[], facts text, reported text, revokedat timestamptz)
        """;

    // One statement for the whole batch, for a million devices are seen every minute. In one order everywhere, so that two batches never
    // wait for each other in a circle.
    private const string Upsert = $"""
        INSERT INTO Devices (OrganizationId, Identifier, Id, Platform, SdkVersion, RegisteredAt, LastSeenAt, Groups, Facts, Reported, RevokedAt)
        SELECT organizationid, identifier, id, platform, sdkversion, registeredat, lastseenat, groups, facts, reported, revokedat FROM {Given}
        ORDER BY organizationid COLLATE "C", identifier COLLATE "C"
        ON CONFLICT (OrganizationId, Identifier) DO UPDATE
        SET Id = EXCLUDED.Id, Platform = EXCLUDED.Platform, SdkVersion = EXCLUDED.SdkVersion, RegisteredAt = EXCLUDED.RegisteredAt,
            LastSeenAt = GREATEST(Devices.LastSeenAt, EXCLUDED.LastSeenAt), Groups = EXCLUDED.Groups,
            Facts = EXCLUDED.Facts, Reported = EXCLUDED.Reported, RevokedAt = EXCLUDED.RevokedAt;
        DELETE FROM DeviceGroups g USING {Given}
        WHERE g.OrganizationId = given.organizationid AND g.Identifier = given.identifier AND NOT (g.GroupName = ANY (given.groups));
        INSERT INTO DeviceGroups (OrganizationId, GroupName, Identifier)
        SELECT organizationid, name, identifier FROM {Given}, unnest(given.groups) AS name
        ORDER BY organizationid COLLATE "C", name COLLATE "C", identifier COLLATE "C"
        ON CONFLICT DO NOTHING
        """;

    private const string Columns = "d.Id, d.OrganizationId, d.Identifier, d.Platform, d.SdkVersion, d.RegisteredAt, d.LastSeenAt, d.Groups, d.Facts, d.Reported, d.RevokedAt";

    private const string PageOfAll = $"""
        SELECT {Columns} FROM Devices d WHERE d.OrganizationId = @OrganizationId ORDER BY d.Identifier LIMIT @Limit OFFSET @Offset;
        SELECT COUNT(*) FROM Devices WHERE OrganizationId = @OrganizationId
        """;

    private const string CountOfGroup = "SELECT COUNT(*) FROM DeviceGroups WHERE OrganizationId = @OrganizationId AND GroupName = @GroupName";

    private const string PageOfGroup = $"""
        SELECT {Columns} FROM DeviceGroups g JOIN Devices d USING (OrganizationId, Identifier)
        WHERE g.OrganizationId = @OrganizationId AND g.GroupName = @GroupName ORDER BY g.Identifier LIMIT @Limit OFFSET @Offset;
        {CountOfGroup}
        """;

    public Task UpsertAsync(ImmutableArray<DeviceRow> rows, CancellationToken cancellationToken) => PostgresErrors.TranslateAsync(async () =>
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // Of a device that is there twice the later row: a statement changes none a second time.
        var last = rows.GroupBy(row => (row.OrganizationId, row.Identifier)).Select(same => Values(same.Last()));
        await connection.ExecuteAsync(Upsert, new { Rows = JsonSerializer.Serialize(last) }, transaction);
        await transaction.CommitAsync(cancellationToken);
        return rows.Length;
    });

    public Task<DevicePage> ListAsync(string organizationId, string? group, int limit, int offset, CancellationToken cancellationToken) => PostgresErrors.TranslateAsync(async () =>
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        // One snapshot for the page and the total.
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        await using var answer = await connection.QueryMultipleAsync(
            group is null ? PageOfAll : PageOfGroup, new { OrganizationId = organizationId, GroupName = group, Limit = limit, Offset = offset }, transaction);
        var rows = await answer.ReadAsync<Row>();
        return new DevicePage([.. rows.Select(row => row.ToDeviceRow())], await answer.ReadSingleAsync<long>());
    });

    public Task<long> CountAsync(string organizationId, string group, CancellationToken cancellationToken) => PostgresErrors.TranslateAsync(async () =>
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<long>(CountOfGroup, new { OrganizationId = organizationId, GroupName = group });
    });

    // Names as the statement's columns have them.
    private static object Values(DeviceRow row) => new
    {
        organizationid = row.OrganizationId,
        identifier = row.Identifier,
        id = row.Id,
        platform = row.Platform,
        sdkversion = row.SdkVersion,
        registeredat = row.RegisteredAt.UtcDateTime,
        lastseenat = row.LastSeenAt.UtcDateTime,
        groups = row.Groups,
        facts = JsonSerializer.Serialize(row.Facts),
        reported = JsonSerializer.Serialize(row.Reported),
        revokedat = row.RevokedAt?.UtcDateTime,
    };

    private sealed class Row
    {
        public required string Id { get; init; }
        public required string OrganizationId { get; init; }
        public required string Identifier { get; init; }
        public string? Platform { get; init; }
        public string? SdkVersion { get; init; }
        public DateTime RegisteredAt { get; init; }
        public DateTime LastSeenAt { get; init; }
        public required string[] Groups { get; init; }
        public required string Facts { get; init; }
        public required string Reported { get; init; }
        public DateTime? RevokedAt { get; init; }

        public DeviceRow ToDeviceRow() => new()
        {
            Id = Id,
            OrganizationId = OrganizationId,
            Identifier = Identifier,
            Platform = Platform,
            SdkVersion = SdkVersion,
            RegisteredAt = new DateTimeOffset(RegisteredAt, TimeSpan.Zero),
            LastSeenAt = new DateTimeOffset(LastSeenAt, TimeSpan.Zero),
            Groups = [.. Groups],
            Facts = Texts(Facts),
            Reported = Texts(Reported),
            RevokedAt = RevokedAt is { } at ? new DateTimeOffset(at, TimeSpan.Zero) : null,
        };

        private static ImmutableSortedDictionary<string, string> Texts(string json) =>
            JsonSerializer.Deserialize<Dictionary<string, string>>(json)!.ToImmutableSortedDictionary(StringComparer.Ordinal);
    }
}
