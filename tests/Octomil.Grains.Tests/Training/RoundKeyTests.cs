using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Octomil.Storage;
using Orleans.TestingHost;
using Xunit;
using static Octomil.Training.Plans;

namespace Octomil.Training;

/// <summary>The life of a round's key, with the round's grain on real storage.</summary>
public sealed class RoundKeyTests : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("octomil-").FullName;
    private InProcessTestCluster? _cluster;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private IServiceProvider Services => _cluster!.Silos[0].ServiceProvider;

    private IPayloadStore Payloads => Services.GetRequiredService<IPayloadStore>();

    public async ValueTask InitializeAsync() => await StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _cluster!.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task Open_AgainAfterARestart_GivesFoldsTheSameKey()
    {
        var round = await OpenAsync("rnd_0000000000000001");
        var terms = await Round(round).GetFoldTermsAsync();
        Assert.True(File.Exists(KeyFile(round)));

        await RestartAsync();
        await Round(round).OpenAsync(PlanOf(round));

        Assert.Equal(terms!.Key, (await Round(round).GetFoldTermsAsync())!.Key);
    }

    [Fact]
    public async Task Open_OfARoundThatStoresNoSums_MakesNoKey()
    {
        const string Statistics = "rnd_0000000000000002";
        await Round(Statistics).OpenAsync(PlanOf(Statistics) with { Kind = RoundKind.Statistics });

        Assert.False(File.Exists(KeyFile(Statistics)));
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("damaged")]
    public async Task OpenRound_WhoseHalfIsLost_IsAbandonedWithTheReason(string loss)
    {
        var round = await OpenAsync("rnd_0000000000000003");

        if (loss is "gone")
        {
            File.Delete(KeyFile(round));
        }
        else
        {
            await File.WriteAllBytesAsync(KeyFile(round), new byte[4096], Cancellation);
        }

        await RestartAsync();
        Assert.Null(await Round(round).GetFoldTermsAsync());

        // Closing is a timer's, right after the call.
        RoundOutcome? outcome;
        while ((outcome = await Round(round).GetOutcomeAsync()) is null)
        {
            await Task.Delay(20, Cancellation);
        }

        // A command comes after the timer's turn, a read may come into it.
        await Round(round).ResumeAsync();
        Assert.Equal(RoundPhase.Abandoned, outcome.Phase);
        Assert.Contains("key", outcome.Reason, StringComparison.Ordinal);
        Assert.False(File.Exists(KeyFile(round)));
    }

    [Fact]
    public async Task Abandon_ErasesTheKeyAndFinishTheCheckpoints()
    {
        var round = await OpenAsync("rnd_0000000000000004");
        var key = (await Round(round).GetFoldTermsAsync())!.Key;
        await Payloads.SaveCheckpointAsync(round, key.AsMemory(), ReadOnlyMemory<byte>.Empty, new ArraySums(new long[10]), Cancellation);

        await Round(round).AbandonAsync("It was stopped.");
        Assert.False(File.Exists(KeyFile(round)));
        Assert.Null(await Round(round).GetFoldTermsAsync());

        await Round(round).FinishAsync();
        Assert.False(Directory.Exists(Path.GetDirectoryName(KeyFile(round))));
        Assert.Equal("It was stopped.", (await Round(round).GetOutcomeAsync())!.Reason);
    }

    [Fact]
    public async Task Finish_OfARoundThatIsStillOpen_AbandonsItFirst()
    {
        // The run was stopped and crashed before it told the round.
        var round = await OpenAsync("rnd_0000000000000005");

        await Round(round).FinishAsync();

        Assert.Equal(RoundPhase.Abandoned, (await Round(round).GetOutcomeAsync())!.Phase);
        Assert.False(File.Exists(KeyFile(round)));
    }

    [Fact]
    public async Task Sweep_AtTheStart_TakesWhatIsOverOrWasNeverOpenedAndLeavesWhatIsOpen()
    {
        var (open, over, never) = (await OpenAsync("rnd_0000000000000006"), await OpenAsync("rnd_0000000000000007"), "rnd_0000000000000008");
        var key = (await Round(open).GetFoldTermsAsync())!.Key;
        await Round(over).AbandonAsync("over");
        await Round(over).FinishAsync();

        // A fold of before writes late; a crash comes between a key and its row; an open round has sums that are not registered yet.
        var keys = Services.GetRequiredService<IRoundKeys>();
        await Payloads.SaveCheckpointAsync(over, key.AsMemory(), ReadOnlyMemory<byte>.Empty, new ArraySums(new long[10]), Cancellation);
        await keys.CreateAsync(never, Cancellation);
        await keys.CreateAsync(over, Cancellation);
        var unregistered = await Payloads.SaveCheckpointAsync(open, key.AsMemory(), ReadOnlyMemory<byte>.Empty, new ArraySums(new long[10]), Cancellation);

        await RestartAsync();

        while (Directory.Exists(Path.GetDirectoryName(KeyFile(over))) || Directory.Exists(Path.GetDirectoryName(KeyFile(never))))
        {
            await Task.Delay(20, Cancellation);
        }

        await Payloads.ReadCheckpointHeadAsync(unregistered, (await Round(open).GetFoldTermsAsync())!.Key.AsMemory(), Cancellation);
    }

    private string KeyFile(string round) => Path.Combine(_root, "payloads", "rounds", round, "key");

    private IRoundGrain Round(string id) => _cluster!.Client.GetGrain<IRoundGrain>(id);

    private static RoundPlan PlanOf(string id) => Of(devices: 4, roundId: id) with { Deadline = DateTimeOffset.UtcNow + TimeSpan.FromHours(1) };

    private async Task<string> OpenAsync(string id)
    {
        await Round(id).OpenAsync(PlanOf(id));
        return id;
    }

    private async Task RestartAsync()
    {
        await _cluster!.DisposeAsync();
        await StartAsync();
    }

    private async Task StartAsync()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.ServiceId = "octomil";
        builder.ConfigureSiloHost((_, host) => host.Configuration.AddInMemoryCollection([new($"{StorageOptions.Section}:DataFolder", _root)]));
        builder.ConfigureSilo((_, silo) => silo.AddOctomilStorage().AddOctomilGrains());
        _cluster = builder.Build();
        await _cluster.DeployAsync(Cancellation);
    }
}
