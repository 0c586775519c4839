using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Octomil.Deployments;

namespace Octomil.Storage.Sqlite;

internal sealed class SqliteVersionReports(SqliteDatabase database) : IVersionReports
{
    private const string Upsert = """
        INSERT INTO DeviceVersions (OrganizationId, ModelId, Identifier, Version, Active, Reason, ReportedAt)
        VALUES (@OrganizationId, @ModelId, @Identifier, @Version, @Active, @Reason, @ReportedAt)
        ON CONFLICT (OrganizationId, ModelId, Identifier) DO UPDATE
        SET Version = excluded.Version, Active = excluded.Active, Reason = excluded.Reason, ReportedAt = excluded.ReportedAt
        WHERE excluded.ReportedAt >= ReportedAt
        """;

    private const string Count = """
        SELECT Version, Active, COUNT(*), MAX(Reason) FROM DeviceVersions
        WHERE OrganizationId = @OrganizationId AND ModelId = @ModelId GROUP BY Version, Active
        """;

    private const string CountOfGroup = """
        SELECT v.Version, v.Active, COUNT(*), MAX(v.Reason)
        FROM DeviceGroups g JOIN DeviceVersions v ON v.OrganizationId = g.OrganizationId AND v.ModelId = @ModelId AND v.Identifier = g.Identifier
        WHERE g.OrganizationId = @OrganizationId AND g.GroupName = @GroupName GROUP BY v.Version, v.Active
        """;

    public Task UpsertAsync(ImmutableArray<VersionReport> reports, CancellationToken cancellationToken) =>
        database.WriteAsync(WriteKind.Unit, session => Write(session, reports), cancellationToken);

    public Task<ImmutableArray<VersionReportCount>> CountAsync(
        string organizationId, string modelId, string? group, CancellationToken cancellationToken) => database.ReadAsync(
        session =>
        {
            var statement = session.Statement(group is null ? Count : CountOfGroup);
            statement.Parameters.AddWithValue("@OrganizationId", organizationId);
            statement.Parameters.AddWithValue("@ModelId", modelId);

            if (group is not null)
            {
                statement.Parameters.AddWithValue("@GroupName", group);
            }

            return Read(statement);
        },
        cancellationToken);

    private static int Write(SqliteSession session, ImmutableArray<VersionReport> reports)
    {
        foreach (var report in reports)
        {
            var statement = session.Statement(Upsert);
            statement.Parameters.AddWithValue("@OrganizationId", report.OrganizationId);
            statement.Parameters.AddWithValue("@ModelId", report.ModelId);
            statement.Parameters.AddWithValue("@Identifier", report.DeviceIdentifier);
            statement.Parameters.AddWithValue("@Version", report.Version);
            statement.Parameters.AddWithValue("@Active", report.Active);
            statement.Parameters.AddWithValue("@Reason", (object?)report.Reason ?? DBNull.Value);
            statement.Parameters.AddWithValue("@ReportedAt", report.ReportedAt.UtcTicks);
            statement.ExecuteNonQuery();
        }

        return reports.Length;
    }

    private static ImmutableArray<VersionReportCount> Read(SqliteCommand statement)
    {
        using var reader = statement.ExecuteReader();
        var counts = ImmutableArray.CreateBuilder<VersionReportCount>();

        while (reader.Read())
        {
            counts.Add(new VersionReportCount(reader.GetString(0), reader.GetBoolean(1), reader.GetInt64(2), reader.IsDBNull(3) ? null : reader.GetString(3)));
        }

        return counts.ToImmutable();
    }
}
