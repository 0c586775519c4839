using Dapper;
using Npgsql;

namespace Octomil.Storage.Postgres;

/// <summary>Reads a page of rows at a time: a long transaction would keep the table's dead rows.</summary>
internal sealed class PostgresReferences(NpgsqlDataSource source) : IStoredReferences
{
    private const int PageRows = 200;

    private const string Page = """
        SELECT GrainIdExtensionString, GrainIdN1, GrainIdN0, GrainTypeString, ServiceId, PayloadBinary FROM OrleansStorage
        WHERE (GrainIdExtensionString, GrainIdN1, GrainIdN0, GrainTypeString, ServiceId) > (@Extension, @N1, @N0, @Type, @Service)
          AND PayloadBinary IS NOT NULL AND GrainTypeString <> ALL (@except)
        ORDER BY GrainIdExtensionString, GrainIdN1, GrainIdN0, GrainTypeString, ServiceId LIMIT @rows
        """;

    public async Task<IReadOnlySet<string>> FindWeightsAsync(IReadOnlyCollection<string> exceptStates, CancellationToken cancellationToken)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var except = exceptStates.ToArray();

        await PostgresErrors.TranslateAsync(async () =>
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            Key? after = new("", long.MinValue, long.MinValue, "", "");

            while (after is { } last)
            {
                var page = new CommandDefinition(
                    Page, new { last.Extension, last.N1, last.N0, last.Type, last.Service, except, rows = PageRows }, cancellationToken: cancellationToken);
                after = null;
                await using var reader = await connection.ExecuteReaderAsync(page);

                while (await reader.ReadAsync(cancellationToken))
                {
                    after = new Key(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetString(3), reader.GetString(4));
                    HashNames.AddTo(names, await reader.GetFieldValueAsync<byte[]>(5, cancellationToken));
                }
            }
        });

        return names;
    }

    private readonly record struct Key(string Extension, long N1, long N0, string Type, string Service);
}
