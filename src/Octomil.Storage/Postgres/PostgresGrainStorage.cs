using Orleans.Storage;

namespace Octomil.Storage.Postgres;

/// <summary>
/// The provider's grain storage with the database's exceptions turned into ours. The outcome of a write that throws is unknown, as
/// with the provider itself; a lost ETag stays what it is.
/// </summary>
internal sealed class PostgresGrainStorage(IGrainStorage inner) : IGrainStorage
{
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        PostgresErrors.TranslateAsync(() => inner.ReadStateAsync(stateName, grainId, grainState));

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        PostgresErrors.TranslateAsync(() => inner.WriteStateAsync(stateName, grainId, grainState));

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        PostgresErrors.TranslateAsync(() => inner.ClearStateAsync(stateName, grainId, grainState));
}
