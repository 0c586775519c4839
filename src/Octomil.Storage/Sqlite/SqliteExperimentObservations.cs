using System.Collections.Immutable;
using Microsoft.Data.Sqlite;
using Octomil.Experiments;

namespace Octomil.Storage.Sqlite;

internal sealed class SqliteExperimentObservations(SqliteDatabase database) : IExperimentObservations
{
    private const string Add = $"""
        INSERT INTO ExperimentDevices ({ExperimentStatements.Columns})
        VALUES (@ExperimentId, @DeviceId, @Variant, @Inferences, @Failures, @LatencyCount, @LatencyTotal, @AccuracyCount, @AccuracyTotal, @LossCount, @LossTotal)
        {ExperimentStatements.OnConflict}
        """;

    public Task AddAsync(ImmutableArray<DeviceObservation> observations, CancellationToken cancellationToken) =>
        database.WriteAsync(WriteKind.Unit, session => Write(session, observations), cancellationToken);

    public Task<ImmutableArray<VariantObservations>> SumAsync(string experimentId, CancellationToken cancellationToken) => database.ReadAsync(
        session =>
        {
            var statement = session.Statement(ExperimentStatements.Sum);
            statement.Parameters.AddWithValue("@ExperimentId", experimentId);
            return Read(statement);
        },
        cancellationToken);

    public Task DeleteAsync(string experimentId, CancellationToken cancellationToken) => database.WriteAsync(
        WriteKind.Unit,
        session =>
        {
            var statement = session.Statement(ExperimentStatements.Delete);
            statement.Parameters.AddWithValue("@ExperimentId", experimentId);
            return statement.ExecuteNonQuery();
        },
        cancellationToken);

    private static int Write(SqliteSession session, ImmutableArray<DeviceObservation> observations)
    {
        foreach (var observation in observations)
        {
            var (statement, sums) = (session.Statement(Add), observation.Sums);
            statement.Parameters.AddWithValue("@ExperimentId", observation.ExperimentId);
            statement.Parameters.AddWithValue("@DeviceId", observation.DeviceId);
            statement.Parameters.AddWithValue("@Variant", observation.Variant);
            statement.Parameters.AddWithValue("@Inferences", sums.Inferences);
            statement.Parameters.AddWithValue("@Failures", sums.Failures);
            statement.Parameters.AddWithValue("@LatencyCount", sums.LatencyCount);
            statement.Parameters.AddWithValue("@LatencyTotal", sums.LatencyTotal);
            statement.Parameters.AddWithValue("@AccuracyCount", sums.AccuracyCount);
            statement.Parameters.AddWithValue("@AccuracyTotal", sums.AccuracyTotal);
            statement.Parameters.AddWithValue("@LossCount", sums.LossCount);
            statement.Parameters.AddWithValue("@LossTotal", sums.LossTotal);
            statement.ExecuteNonQuery();
        }

        return observations.Length;
    }

    private static ImmutableArray<VariantObservations> Read(SqliteCommand statement)
    {
        using var reader = statement.ExecuteReader();
        var variants = ImmutableArray.CreateBuilder<VariantObservations>();

        while (reader.Read())
        {
            variants.Add(new VariantObservations
            {
                Variant = reader.GetString(0),
                Devices = reader.GetInt64(1),
                Accuracy = Moments(reader, 2),
                Loss = Moments(reader, 5),
                Latency = Moments(reader, 8),
                ErrorRate = Moments(reader, 11),
            });
        }

        return variants.ToImmutable();
    }

    private static MetricMoments Moments(SqliteDataReader reader, int column) => reader.GetInt64(column) is var devices and > 0
        ? new MetricMoments { Devices = devices, Mean = reader.GetDouble(column + 1), M2 = reader.GetDouble(column + 2) }
        : MetricMoments.None;
}
