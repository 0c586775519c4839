using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Octomil.Storage;
using Orleans.Storage;
using Orleans.TestingHost;
using Xunit;
using static Octomil.Training.Plans;

namespace Octomil.Training;

/// <summary>What is read of a round while its row is being written, with the round's grain on real storage.</summary>
public sealed class RoundReadsTests : IAsyncLifetime
{
    private const string RoundId = "rnd_0000000000000001";

    private readonly string _root = Directory.CreateTempSubdirectory("octomil-").FullName;
    private readonly HeldWrite _held = new();
    private InProcessTestCluster _cluster = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IRoundGrain Round => _cluster.Client.GetRound(RoundId);

    public async ValueTask InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.ServiceId = "octomil";
        builder.ConfigureSiloHost((_, host) => host.Configuration.AddInMemoryCollection([new($"{StorageOptions.Section}:DataFolder", _root)]));
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddOctomilStorage().AddOctomilGrains();
            var storage = silo.Services.Last(service => service.ServiceType == typeof(IGrainStorage) && Equals(service.ServiceKey, StorageNames.Grains));
            silo.Services.Remove(storage);
            silo.Services.AddKeyedSingleton<IGrainStorage>(
                StorageNames.Grains, (provider, key) => new HeldStorage((IGrainStorage)storage.KeyedImplementationFactory!(provider, key), _held));
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        _held.Release();
        await _cluster.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    /// <summary>A device whose repeated update is answered 200 on the strength of a read has been told that it counts.</summary>
    [Fact]
    public async Task Registration_ThatIsNotSavedYet_IsReadByNobody()
    {
        await Round.OpenAsync(Of(devices: 4, roundId: RoundId) with { Deadline = DateTimeOffset.UtcNow + TimeSpan.FromHours(1) });
        _held.Hold("round");

        var registering = Round.RegisterAsync(Registration("fold-a", 0, "checkpoint-1", 0));
        Assert.Same(_held.Reached, await Task.WhenAny(_held.Reached, registering));
        Assert.Equal((SubmitUpdateResult.None, 0, 0, 0), await ReadAsync());

        _held.Release();
        Assert.Equal(RegisterDecision.Counted, (await registering).Decision);
        Assert.Equal((SubmitUpdateResult.CountedBefore, 1, 1, 1), await ReadAsync());
    }

    private async Task<(SubmitUpdateResult Answer, int InTerms, int InStatus, int InContributions)> ReadAsync() => (
        await Round.GetAnswerAsync(DeviceId(0), RoundId),
        (await Round.GetFoldTermsAsync())!.Counted.Length,
        (await Round.GetAsync())!.Updates.Sum(),
        (await Round.GetContributionsAsync())!.Counted.Length);

    /// <summary>One write that waits.</summary>
    private sealed class HeldWrite
    {
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private volatile string? _state;

        public Task Reached => _reached.Task;

        public void Hold(string state) => _state = state;

        public void Release() => _released.TrySetResult();

        public Task PassAsync(string state)
        {
            if (state != _state)
            {
                return Task.CompletedTask;
            }

            _reached.TrySetResult();
            return _released.Task;
        }
    }

    private sealed class HeldStorage(IGrainStorage inner, HeldWrite held) : IGrainStorage, ILifecycleParticipant<ISiloLifecycle>
    {
        public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ReadStateAsync(stateName, grainId, grainState);

        public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
        {
            await held.PassAsync(stateName);
            await inner.WriteStateAsync(stateName, grainId, grainState);
        }

        public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) => inner.ClearStateAsync(stateName, grainId, grainState);

        public void Participate(ISiloLifecycle lifecycle) => (inner as ILifecycleParticipant<ISiloLifecycle>)?.Participate(lifecycle);
    }
}
