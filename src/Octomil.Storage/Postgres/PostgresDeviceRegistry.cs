using System.Collections.Immutable;
using System.Text.Json;
using Dapper;
using Npgsql;
using Octomil.Devices;

namespace Octomil.Storage.Postgres;

internal sealed class PostgresDeviceRegistry(NpgsqlDataSource source) : IDeviceRegistry
{
    private const string Upsert = """
        INSERT INTO Devices (OrganizationId, Identifier, Id, Platform, SdkVersion, RegisteredAt, LastSeenAt, Groups, Facts, Reported, RevokedAt)
        VALUES (@OrganizationId, @Identifier, @Id, @Platform, @SdkVersion, @RegisteredAt, @LastSeenAt, @Groups, @Facts, @Reported, @RevokedAt)
        ON CONFLICT (OrganizationId, Identifier) DO UPDATE
        SET Id = EXCLUDED.Id, Platform = EXCLUDED.Platform, SdkVersion = EXCLUDED.SdkVersion, RegisteredAt = EXCLUDED.RegisteredAt,
            LastSeenAt = GREATEST(Devices.LastSeenAt, EXCLUDED.LastSeenAt), Groups = EXCLUDED.Groups,
            Facts = EXCLUDED.Facts, Reported = EXCLUDED.Reported, RevokedAt = EXCLUDED.RevokedAt;
        DELETE FROM DeviceGroups WHERE OrganizationId = @OrganizationId AND Identifier = @Identifier AND NOT (GroupName = ANY (@Groups));
        INSERT INTO DeviceGroups (OrganizationId, GroupName, Identifier)
        SELECT @OrganizationId, name, @Identifier FROM unnest(@Groups) AS name
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

        // In one order everywhere, so that two batches never wait for each other in a circle.
        foreach (var row in rows.OrderBy(row => row.OrganizationId, StringComparer.Ordinal).ThenBy(row => row.Identifier, StringComparer.Ordinal))
        {
            await connection.ExecuteAsync(
                Upsert,
                new
                {
                    row.OrganizationId, row.Identifier, row.Id, row.Platform, row.SdkVersion,
                    RegisteredAt = row.RegisteredAt.UtcDateTime, LastSeenAt = row.LastSeenAt.UtcDateTime, Groups = row.Groups.ToArray(),
                    Facts = JsonSerializer.Serialize(row.Facts), Reported = JsonSerializer.Serialize(row.Reported),
                    RevokedAt = row.RevokedAt?.UtcDateTime,
                },
                transaction);
        }

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
