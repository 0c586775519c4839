using System.Collections.Immutable;
using Dapper;
using Npgsql;
using Octomil.Experiments;

namespace Octomil.Storage.Postgres;

internal sealed class PostgresExperimentObservations(NpgsqlDataSource source) : IExperimentObservations
{
    private const string Add = $"""
        INSERT INTO ExperimentDevices ({ExperimentStatements.Columns})
        SELECT * FROM unnest(
            @ExperimentIds, @DeviceIds, @Variants, @Inferences, @Failures, @LatencyCounts, @LatencyTotals, @AccuracyCounts, @AccuracyTotals, @LossCounts, @LossTotals)
        {ExperimentStatements.OnConflict}
        """;

    public Task AddAsync(ImmutableArray<DeviceObservation> observations, CancellationToken cancellationToken) => PostgresErrors.TranslateAsync(async () =>
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);

        // In one order everywhere, so that two batches never wait for each other in a circle.
        var rows = observations.OrderBy(row => row.ExperimentId, StringComparer.Ordinal).ThenBy(row => row.DeviceId, StringComparer.Ordinal).ToList();
        return await connection.ExecuteAsync(Add, new
        {
            ExperimentIds = rows.ConvertAll(row => row.ExperimentId).ToArray(),
            DeviceIds = rows.ConvertAll(row => row.DeviceId).ToArray(),
            Variants = rows.ConvertAll(row => row.Variant).ToArray(),
            Inferences = rows.ConvertAll(row => row.Sums.Inferences).ToArray(),
            Failures = rows.ConvertAll(row => row.Sums.Failures).ToArray(),
            LatencyCounts = rows.ConvertAll(row => row.Sums.LatencyCount).ToArray(),
            LatencyTotals = rows.ConvertAll(row => row.Sums.LatencyTotal).ToArray(),
            AccuracyCounts = rows.ConvertAll(row => row.Sums.AccuracyCount).ToArray(),
            AccuracyTotals = rows.ConvertAll(row => row.Sums.AccuracyTotal).ToArray(),
            LossCounts = rows.ConvertAll(row => row.Sums.LossCount).ToArray(),
            LossTotals = rows.ConvertAll(row => row.Sums.LossTotal).ToArray(),
        });
    });

    public Task DeleteAsync(string experimentId, CancellationToken cancellationToken) => PostgresErrors.TranslateAsync(async () =>
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteAsync(ExperimentStatements.Delete, new { ExperimentId = experimentId });
    });

    public Task<ImmutableArray<VariantObservations>> SumAsync(string experimentId, CancellationToken cancellationToken) => PostgresErrors.TranslateAsync(async () =>
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var rows = await connection.QueryAsync<Row>(ExperimentStatements.Sum, new { ExperimentId = experimentId });
        return rows.Select(row => new VariantObservations
        {
            Variant = row.Variant,
            Devices = row.Devices,
            Accuracy = Moments(row.AccuracyDevices, row.AccuracyMean, row.AccuracyM2),
            Loss = Moments(row.LossDevices, row.LossMean, row.LossM2),
            Latency = Moments(row.LatencyDevices, row.LatencyMean, row.LatencyM2),
            ErrorRate = Moments(row.ErrorDevices, row.ErrorMean, row.ErrorM2),
        }).ToImmutableArray();
    });

    private static MetricMoments Moments(long devices, double? mean, double? m2) =>
        devices > 0 ? new MetricMoments { Devices = devices, Mean = mean!.Value, M2 = m2!.Value } : MetricMoments.None;

    private sealed class Row
    {
        public required string Variant { get; init; }
        public long Devices { get; init; }
        public long AccuracyDevices { get; init; }
        public double? AccuracyMean { get; init; }
        public double? AccuracyM2 { get; init; }
        public long LossDevices { get; init; }
        public double? LossMean { get; init; }
        public double? LossM2 { get; init; }
        public long LatencyDevices { get; init; }
        public double? LatencyMean { get; init; }
        public double? LatencyM2 { get; init; }
        public long ErrorDevices { get; init; }
        public double? ErrorMean { get; init; }
        public double? ErrorM2 { get; init; }
    }
}
