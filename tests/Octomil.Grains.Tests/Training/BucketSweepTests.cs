using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Octomil.Models;
using Octomil.Storage;
using Octomil.Storage.S3;
using Orleans.TestingHost;
using Xunit;

namespace Octomil.Training;

/// <summary>Collection of weights that are objects of a bucket, of a real server of others'. Only it can say how old they are, so the sweep's clock is what goes ahead.</summary>
public sealed class BucketSweepTests : IAsyncLifetime
{
    private const string Owner = "org_00000001";
    private const string Model = "mdl_00000001";
    private const string Run = "run_0000000000000001";

    private readonly string _root = Directory.CreateTempSubdirectory("octomil-").FullName;
    private readonly SwiftServer _swift = new();
    private InProcessTestCluster _cluster = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IServiceProvider Services => _cluster.Silos[0].ServiceProvider;

    private IPayloadStore Payloads => Services.GetRequiredService<IPayloadStore>();

    private IGrainFactory Grains => _cluster.Client;

    public async ValueTask InitializeAsync()
    {
        await _swift.InitializeAsync();
        await _swift.CreateBucketAsync("sweep");
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", SwiftServer.AccessKey);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", SwiftServer.SecretKey);
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.ServiceId = "octomil";
        builder.ConfigureSiloHost((_, host) => host.Configuration.AddInMemoryCollection(
        [
            new($"{StorageOptions.Section}:DataFolder", _root),
            new($"{StorageOptions.Section}:S3:Bucket", "sweep"),
            new($"{StorageOptions.Section}:S3:Endpoint", _swift.Endpoint),
            new($"{StorageOptions.Section}:S3:PathStyle", "true"),
            new($"{StorageOptions.Section}:S3:Prefix", "octomil/"),
        ]));
        builder.ConfigureSilo((_, silo) => silo.AddOctomilStorage().AddOctomilGrains());
        _cluster = builder.Build();
        await _cluster.DeployAsync(Cancellation);
        await Grains.GetOrganization(Owner).CreateAsync("Acme Health");
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        await _swift.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task Sweep_OfABucket_TakesWhatNothingRefersToOnceItIsOld()
    {
        var version = await SaveAsync("of a version");
        var model = Grains.GetModel(Model);
        await model.CreateAsync(Owner, new ModelDescription { Name = Model });
        Assert.Equal(AddVersionResult.Added, await model.AddVersionAsync(Owner, new ModelVersion { Version = "1.0.0", Weights = version, LayoutHash = "h", CreatedAt = Plans.Noon }));
        var order = new RunOrder { ModelId = Model, Rounds = 3, Strategy = "fedavg", Training = new LocalTraining() };
        Assert.Equal(StartRunDecision.Started, (await Grains.GetTrainingRun(Run).StartAsync(Owner, order)).Decision);
        WeightsRef[] leftovers =
        [
            await SaveAsync("an upload that was cut off before its version"),
            await SaveAsync("a round's result that the run has gone past", Run),
            await SaveAsync("of a run that nobody knows", "run_0000000000000002"),
        ];

        Assert.Equal(0, await SweepAsync(TimeSpan.Zero));
        Assert.Equal([version, .. leftovers], await ThereAsync([version, .. leftovers]));

        Assert.Equal(leftovers.Length, await SweepAsync(TimeSpan.FromDays(2)));
        Assert.Equal([version], await ThereAsync([version, .. leftovers]));
        Assert.Equal(0, await SweepAsync(TimeSpan.FromDays(2)));
    }

    private Task<int> SweepAsync(TimeSpan later) =>
        ActivatorUtilities.CreateInstance<WeightsSweep>(Services, new LaterClock(later)).SweepAsync(Cancellation);

    private Task<WeightsRef> SaveAsync(string content, string? run = null) =>
        Payloads.SaveWeightsAsync(run, (stream, token) => stream.WriteAsync(Encoding.UTF8.GetBytes(content), token).AsTask(), Cancellation);

    // Those that can still be read, in the bucket and not in the local copy.
    private async Task<List<WeightsRef>> ThereAsync(WeightsRef[] all)
    {
        var there = new List<WeightsRef>();

        foreach (var weights in all)
        {
            Array.ForEach(Directory.GetFiles(Path.Combine(_root, "cache")), File.Delete);

            try
            {
                await using var stream = await Payloads.OpenWeightsAsync(weights, Cancellation);
                there.Add(weights);
            }
            catch (PayloadMissingException)
            {
                // Collected.
            }
        }

        return there;
    }

    private sealed class LaterClock(TimeSpan later) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + later;
    }
}
