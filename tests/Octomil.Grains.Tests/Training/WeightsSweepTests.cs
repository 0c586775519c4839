using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Octomil.Models;
using Octomil.Storage;
using Orleans.TestingHost;
using Xunit;

namespace Octomil.Training;

/// <summary>Collection of weights, with grains on real storage. Files are made old where age is what matters.</summary>
public sealed class WeightsSweepTests : IAsyncLifetime
{
    private const string Owner = "org_00000001";

    private readonly string _root = Directory.CreateTempSubdirectory("octomil-").FullName;
    private InProcessTestCluster _cluster = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IServiceProvider Services => _cluster.Silos[0].ServiceProvider;

    private IPayloadStore Payloads => Services.GetRequiredService<IPayloadStore>();

    private WeightsSweep Sweep => Services.GetRequiredService<WeightsSweep>();

    private IGrainFactory Grains => _cluster.Client;

    public async ValueTask InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.ServiceId = "octomil";
        builder.ConfigureSiloHost((_, host) => host.Configuration.AddInMemoryCollection([new($"{StorageOptions.Section}:DataFolder", _root)]));
        builder.ConfigureSilo((_, silo) => silo.AddOctomilStorage().AddOctomilGrains());
        _cluster = builder.Build();
        await _cluster.DeployAsync(Cancellation);
        await Grains.GetOrganization(Owner).CreateAsync("Acme Health");
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task Sweep_TakesWhatNothingRefersToAndLeavesWhatIsReferredToOrYoung()
    {
        var version = await SaveAsync("of a version");
        await PublishAsync("mdl_00000001", "1.0.0", version);
        var run = Grains.GetTrainingRun("run_0000000000000001");
        Assert.True((await run.StartAsync(Owner, OrderOf("mdl_00000001"))).RunId is not null);
        var leftovers = new[]
        {
            await SaveAsync("an upload that was cut off before its version"),
            await SaveAsync("a round's result that the run has gone past", "run_0000000000000001"),
            await SaveAsync("of a run that nobody knows", "run_0000000000000002"),
        };
        MakeAllOld();
        var young = await SaveAsync("an upload that goes on");

        Assert.Equal(leftovers.Length, await Sweep.SweepAsync(Cancellation));

        await AssertThereAsync(version);
        await AssertThereAsync(young);

        foreach (var leftover in leftovers)
        {
            await Assert.ThrowsAsync<PayloadMissingException>(() => Payloads.OpenWeightsAsync(leftover, Cancellation));
        }

        Assert.Equal(0, await Sweep.SweepAsync(Cancellation));
    }

    [Fact]
    public async Task Sweep_OfWhatAnOpenRunAloneRefersTo_LeavesIt()
    {
        var version = await SaveAsync("the base of a run");
        await PublishAsync("mdl_00000002", "1.0.0", version);
        var run = Grains.GetTrainingRun("run_0000000000000003");
        Assert.Equal("run_0000000000000003", (await run.StartAsync(Owner, OrderOf("mdl_00000002"))).RunId);

        // As if the version had been deleted since.
        await using (var database = new SqliteConnection($"Data Source={Path.Combine(_root, "octomil.db")};Pooling=False"))
        {
            await database.OpenAsync(Cancellation);
            await using var deletion = new SqliteCommand("DELETE FROM OrleansStorage WHERE GrainTypeString = 'model'", database);
            Assert.Equal(1, await deletion.ExecuteNonQueryAsync(Cancellation));
        }

        MakeAllOld();
        Assert.Equal(0, await Sweep.SweepAsync(Cancellation));
        await AssertThereAsync(version);
    }

    [Fact]
    public async Task Sweep_ThatRacesPublications_NeverTakesWhatIsPublished()
    {
        var (collected, published) = (0, new List<WeightsRef>());

        for (var number = 0; number < 150; number++)
        {
            // The same bytes lie there, old and of no use, when somebody uploads them.
            var content = $"weights {number}";
            await SaveAsync(content);
            MakeAllOld();
            var sweeping = Task.Run(() => Sweep.SweepAsync(Cancellation), Cancellation);
            var publishing = Task.Run(() => UploadAsync(content, number), Cancellation);
            published.Add(await publishing);
            collected += await sweeping;
        }

        foreach (var weights in published)
        {
            await AssertThereAsync(weights);
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{collected} of 150 were collected before they were uploaded.");
        MakeAllOld();
        Assert.Equal(0, await Sweep.SweepAsync(Cancellation));
    }

    // As the endpoint does.
    private async Task<WeightsRef> UploadAsync(string content, int number)
    {
        WeightsRef weights;

        do
        {
            weights = await SaveAsync(content);
        }
        while (!await Grains.GetWeights(weights).RenewAsync(weights));

        await PublishAsync($"mdl_{number:x8}", "1.0.0", weights);
        return weights;
    }

    private async Task PublishAsync(string modelId, string version, WeightsRef weights)
    {
        var model = Grains.GetModel(modelId);
        await model.CreateAsync(Owner, new ModelDescription { Name = modelId });
        Assert.Equal(AddVersionResult.Added, await model.AddVersionAsync(Owner, new ModelVersion { Version = version, Weights = weights, LayoutHash = "h", CreatedAt = Plans.Noon }));
    }

    private Task<WeightsRef> SaveAsync(string content, string? run = null) =>
        Payloads.SaveWeightsAsync(run, (stream, token) => stream.WriteAsync(Encoding.UTF8.GetBytes(content), token).AsTask(), Cancellation);

    private async Task AssertThereAsync(WeightsRef weights)
    {
        await using var stream = await Payloads.OpenWeightsAsync(weights, Cancellation);
        Assert.Equal(weights.Bytes, stream.Length);
    }

    private void MakeAllOld()
    {
        foreach (var folder in (string[])["weights", "runs"])
        {
            foreach (var file in Directory.GetFiles(Path.Combine(_root, "payloads", folder), "*", SearchOption.AllDirectories))
            {
                File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-2));
            }
        }
    }

    private static RunOrder OrderOf(string modelId) => new() { ModelId = modelId, Rounds = 3, Strategy = "fedavg", Training = new LocalTraining() };
}
