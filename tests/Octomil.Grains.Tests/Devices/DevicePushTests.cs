using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Octomil.Models;
using Octomil.Storage;
using Octomil.Deployments;
using Octomil.Training;
using Orleans.TestingHost;
using Xunit;

namespace Octomil.Devices;

/// <summary>What a round costs in messages between silos: a run on three silos, with devices connected to all of them.</summary>
public sealed class DevicePushTests : IAsyncLifetime
{
    private const string Owner = "org_00000001";
    private const string Model = "mdl_00000001";
    private const int Silos = 3;
    private const int Devices = 60;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _root = Directory.CreateTempSubdirectory("octomil-").FullName;
    private readonly Inbox _inbox = new(Devices);
    private InProcessTestCluster _cluster = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IGrainFactory Grains => _cluster.Client;

    // Each silo has storage of its own: of a run that only opens a round nothing is read on another silo than it was written on.
    public async ValueTask InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder(Silos);
        builder.Options.ServiceId = "octomil";
        builder.ConfigureSiloHost((options, host) => host.Configuration.AddInMemoryCollection([new($"{StorageOptions.Section}:DataFolder", Path.Combine(_root, options.SiloName))]));
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton<IDeviceConnections>(services => new Mailbox(services.GetRequiredService<ILocalSiloDetails>().SiloAddress, _inbox));
            silo.AddOctomilStorage().AddOctomilGrains();
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task Round_ForDevicesOnEverySilo_IsOneMessageToEachSiloWithItsOwnDevices()
    {
        await Grains.GetOrganization(Owner).CreateAsync("Acme Health");
        var model = Grains.GetModel(Model);
        await model.CreateAsync(Owner, new ModelDescription { Name = Model });
        var weights = new WeightsRef { Sha256 = new string('a', 64), Bytes = 100 };
        await model.AddVersionAsync(Owner, new ModelVersion { Version = "1.0.0", Weights = weights, LayoutHash = "h", CreatedAt = Plans.Noon });
        var silos = _cluster.Silos.Select(silo => silo.SiloAddress).ToArray();
        var connected = silos.ToDictionary(silo => silo, _ => new List<string>());

        for (var number = 0; number < Devices; number++)
        {
            var (silo, identifier) = (silos[number % Silos], $"device-{number}");
            var id = GrainKeys.DeviceId(Owner, identifier);
            await Grains.GetDevice(id).RegisterAsync(Owner, new DeviceDescription { Identifier = identifier });
            Assert.Equal(SeenResult.Seen, await Grains.GetDevice(id).SeenAsync(Owner, silo, reported: null));
            connected[silo].Add(id);
        }

        var order = new RunOrder { ModelId = Model, Rounds = 1, Strategy = "fedavg", Training = new LocalTraining(), MinDevices = Devices, MinUpdates = Devices };
        Assert.Equal(StartRunDecision.Started, (await Grains.GetTrainingRun("run_0000000000000001").StartAsync(Owner, order)).Decision);
        await _inbox.AllTold.WaitAsync(Patience, Cancellation);

        var messages = _inbox.Messages.ToArray();
        Assert.Single(messages.Select(message => message.RoundId).Distinct());
        Assert.Equal(Silos, messages.Length);

        foreach (var (silo, ids) in connected)
        {
            var message = Assert.Single(messages, message => message.Silo.Equals(silo));
            Assert.Equal(ids.Order(StringComparer.Ordinal), message.DeviceIds.Order(StringComparer.Ordinal));
        }
    }

    private sealed record Message(SiloAddress Silo, string RoundId, ImmutableArray<string> DeviceIds);

    /// <summary>What all silos received.</summary>
    private sealed class Inbox(int devices)
    {
        private readonly TaskCompletionSource _allTold = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ConcurrentQueue<Message> Messages { get; } = [];

        public Task AllTold => _allTold.Task;

        public void Take(Message message)
        {
            Messages.Enqueue(message);

            if (Messages.Sum(one => one.DeviceIds.Length) >= devices)
            {
                _allTold.TrySetResult();
            }
        }
    }

    /// <summary>Stands where a silo's hub would: it is called once for each message to the silo's push service.</summary>
    private sealed class Mailbox(SiloAddress silo, Inbox inbox) : IDeviceConnections
    {
        public Task TellAssignedAsync(RoundAssignment assignment, ImmutableArray<string> deviceIds)
        {
            inbox.Take(new Message(silo, assignment.RoundId, deviceIds));
            return Task.CompletedTask;
        }

        public Task TellClosedAsync(string roundId, string outcome, ImmutableArray<string> deviceIds) => Task.CompletedTask;

        public Task EndKeyAsync(string organizationId, string keyId) => Task.CompletedTask;

        public Task EndDeviceAsync(string deviceId, bool mayReturn) => Task.CompletedTask;

        public Task TellVersionsAsync(string organizationId, VersionRule? before, VersionRule rule) => Task.CompletedTask;
    }
}
