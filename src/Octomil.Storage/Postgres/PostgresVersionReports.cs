using System.Collections.Immutable;
using Dapper;
using Npgsql;
using Octomil.Deployments;

namespace Octomil.Storage.Postgres;

internal sealed class PostgresVersionReports(NpgsqlDataSource source) : IVersionReports
{
    private const string Upsert = """
        INSERT INTO DeviceVersions (OrganizationId, ModelId, Identifier, Version, Active, Reason, ReportedAt)
        SELECT * FROM unnest(@OrganizationIds, @ModelIds, @Identifiers, @Versions, @Actives, @Reasons, @Times)
        ON CONFLICT (OrganizationId, ModelId, Identifier) DO UPDATE
        SET Version = EXCLUDED.Version, Active = EXCLUDED.Active, Reason = EXCLUDED.Reason, ReportedAt = EXCLUDED.ReportedAt
        WHERE EXCLUDED.ReportedAt >= DeviceVersions.ReportedAt
        """;

    private const string Count = """
        SELECT Version, Active, COUNT(*) AS Devices, MAX(Reason) AS Reason FROM DeviceVersions
        WHERE OrganizationId = @OrganizationId AND ModelId = @ModelId GROUP BY Version, Active
        """;

    private const string CountOfGroup = """
        SELECT v.Version, v.Active, COUNT(*) AS Devices, MAX(v.Reason) AS Reason
        FROM DeviceGroups g JOIN DeviceVersions v ON v.OrganizationId = g.OrganizationId AND v.ModelId = @ModelId AND v.Identifier = g.Identifier
        WHERE g.OrganizationId = @OrganizationId AND g.GroupName = @GroupName GROUP BY v.Version, v.Active
        """;

    public Task UpsertAsync(ImmutableArray<VersionReport> reports, CancellationToken cancellationToken) => PostgresErrors.TranslateAsync(async () =>
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);

        // In one order everywhere, so that two batches never wait for each other in a circle.
        var rows = reports.OrderBy(row => row.OrganizationId, StringComparer.Ordinal).ThenBy(row => row.ModelId, StringComparer.Ordinal)
            .ThenBy(row => row.DeviceIdentifier, StringComparer.Ordinal).ToList();
        return await connection.ExecuteAsync(Upsert, new
        {
            OrganizationIds = rows.ConvertAll(row => row.OrganizationId).ToArray(),
            ModelIds = rows.ConvertAll(row => row.ModelId).ToArray(),
            Identifiers = rows.ConvertAll(row => row.DeviceIdentifier).ToArray(),
            Versions = rows.ConvertAll(row => row.Version).ToArray(),
            Actives = rows.ConvertAll(row => row.Active).ToArray(),
            Reasons = rows.ConvertAll(row => row.Reason).ToArray(),
            Times = rows.ConvertAll(row => row.ReportedAt.UtcDateTime).ToArray(),
        });
    });

    public Task<ImmutableArray<VersionReportCount>> CountAsync(
        string organizationId, string modelId, string? group, CancellationToken cancellationToken) => PostgresErrors.TranslateAsync(async () =>
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(
            group is null ? Count : CountOfGroup, new { OrganizationId = organizationId, ModelId = modelId, GroupName = group });
        return rows.Select(row => new VersionReportCount(row.Version, row.Active, row.Devices, row.Reason)).ToImmutableArray();
    });

    private sealed class Row
    {
        public required string Version { get; init; }
        public bool Active { get; init; }
        public long Devices { get; init; }
        public string? Reason { get; init; }
    }
}
