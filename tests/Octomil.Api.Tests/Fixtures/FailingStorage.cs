using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;

namespace Octomil.Api.Tests.Fixtures;

/// <summary>When a write fails.</summary>
internal enum FailureMoment
{
    /// <summary>Nothing is written: as if the process had died before.</summary>
    Before,

    /// <summary>It is written, and nobody hears of it: as if the process had died after.</summary>
    After,
}

/// <summary>
/// The program's own storage, with one write that fails at a chosen place. Whatever wrote loses its memory with it (the activation ends), so for
/// everything after that save it is as if the process had stopped there.
/// </summary>
internal sealed class FailingStorage(IGrainStorage inner, FailingWrites writes) : IGrainStorage, ILifecycleParticipant<ISiloLifecycle>
{
    public static void Register(IServiceCollection services, FailingWrites writes)
    {
        var registered = services.Last(service => service.ServiceType == typeof(IGrainStorage) && Equals(service.ServiceKey, StorageNames.Grains));
        services.Remove(registered);
        services.AddKeyedSingleton<IGrainStorage>(
            StorageNames.Grains, (provider, key) => new FailingStorage((IGrainStorage)registered.KeyedImplementationFactory!(provider, key), writes));
    }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ReadStateAsync(stateName, grainId, grainState);

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var failure = writes.Count(stateName);
        if (failure is FailureMoment.Before)
        {
            throw new TimeoutException($"The write of {stateName} was made to fail before it was done.");
        }

        await inner.WriteStateAsync(stateName, grainId, grainState);
        if (failure is FailureMoment.After)
        {
            throw new TimeoutException($"The write of {stateName} was made to fail after it was done.");
        }
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ClearStateAsync(stateName, grainId, grainState);

    public void Participate(ISiloLifecycle lifecycle) => (inner as ILifecycleParticipant<ISiloLifecycle>)?.Participate(lifecycle);
}

/// <summary>Counts the writes of some states, and says which one fails.</summary>
internal sealed class FailingWrites(params string[] states)
{
    private readonly Lock _gate = new();
    private int _place;
    private FailureMoment _moment;

    /// <summary>Writes since the last <see cref="Arm"/>.</summary>
    public int Writes { get; private set; }

    /// <summary>The write that failed, if it has come.</summary>
    public string? Failed { get; private set; }

    /// <param name="place">Which of the writes from now on fails, from 1; 0: none.</param>
    /// <param name="moment">And when.</param>
    public void Arm(int place, FailureMoment moment)
    {
        lock (_gate)
        {
            (_place, _moment, Writes, Failed) = (place, moment, 0, null);
        }
    }

    public FailureMoment? Count(string state)
    {
        lock (_gate)
        {
            if (!states.Contains(state))
            {
                return null;
            }

            Writes++;
            if (Writes != _place)
            {
                return null;
            }

            Failed = state;
            return _moment;
        }
    }
}
