using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using Orleans.TestingHost;
using Xunit;

namespace Octomil.Storage;

/// <summary>What Orleans wants of its providers, through those of a real silo on our database, whichever it is.</summary>
public abstract class SiloStorageTests : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("octomil-").FullName;
    private Dictionary<string, string?> _settings = [];
    private InProcessTestCluster? _cluster;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private protected IServiceProvider Services => _cluster!.Silos[0].ServiceProvider;

    private protected IGrainStorage Grains => Services.GetRequiredKeyedService<IGrainStorage>(StorageNames.Grains);

    private protected IReminderTable Reminders => Services.GetRequiredService<IReminderTable>();

    public static TheoryData<string> Keys => ["round/rnd_0123456789abcdef", "round/", "round/7", "round/00000000000000000000000000000001+extension", "round/a'b\"c;--", "round/Ünïcode"];

    /// <summary>What the silo is to be told beside its data folder.</summary>
    private protected virtual Task<Dictionary<string, string?>> SettingsAsync() => Task.FromResult(new Dictionary<string, string?>());

    public async ValueTask InitializeAsync()
    {
        _settings = await SettingsAsync();
        _settings[$"{StorageOptions.Section}:DataFolder"] = _root;
        await StartAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        Directory.Delete(_root, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task State_IsWrittenReadAndCleared(string grain)
    {
        var id = GrainId.Parse(grain, null);
        var state = await ReadAsync(id);
        Assert.False(state.RecordExists);

        await WriteAsync(id, state, "one");
        await WriteAsync(id, state, "two");
        var read = await ReadAsync(id);
        Assert.True(read.RecordExists);
        Assert.Equal(["two"], read.State);
        Assert.Equal(state.ETag, read.ETag);

        await Grains.ClearStateAsync("state", id, read);
        var cleared = await ReadAsync(id);
        Assert.False(cleared.RecordExists);
        Assert.Empty(cleared.State!);

        await WriteAsync(id, cleared, "three");
        Assert.Equal(["three"], (await ReadAsync(id)).State);
    }

    [Fact]
    public async Task State_OfKeysAndNamesThatDifferALittle_IsKeptApart()
    {
        // Not hexadecimal: a key that could be a number is one to the provider. Ours have prefixes.
        // Nor does it look at the type of the grain: names of states are those of one type only.
        GrainId[] ids = [GrainId.Create("round", "x"), GrainId.Create("round", "X"), GrainId.Create("round", "x "), GrainId.Create("round", "x+y")];

        foreach (var id in ids)
        {
            await WriteAsync(id, await ReadAsync(id), id.ToString());
        }

        foreach (var id in ids)
        {
            Assert.Equal([id.ToString()], (await ReadAsync(id)).State!);
        }

        var other = new GrainState<List<string>>();
        await Grains.ReadStateAsync("another", ids[0], other);
        Assert.False(other.RecordExists);
    }

    [Fact]
    public async Task State_OfAnOldETag_IsRefusedAndNothingIsWritten()
    {
        var id = GrainId.Create("round", "a");
        var (first, second) = (await ReadAsync(id), await ReadAsync(id));
        await WriteAsync(id, first, "first");

        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(id, second, "second"));
        var stale = await ReadAsync(id);
        await WriteAsync(id, first, "newer");
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(id, stale, "stale"));
        await Assert.ThrowsAsync<InconsistentStateException>(() => Grains.ClearStateAsync("state", id, stale));

        // An ETag of before the clearing stays wrong after it.
        await Grains.ClearStateAsync("state", id, first);
        await Assert.ThrowsAsync<InconsistentStateException>(() => WriteAsync(id, stale, "ghost"));
        Assert.False((await ReadAsync(id)).RecordExists);
    }

    [Fact]
    public async Task State_WrittenByManyWithTheSameETag_IsTakenFromOne()
    {
        var id = GrainId.Create("round", "contended");
        var states = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => ReadAsync(id)));

        var outcomes = await Task.WhenAll(states.Select(async (state, number) =>
        {
            try
            {
                await WriteAsync(id, state, $"{number}");
                return true;
            }
            catch (InconsistentStateException)
            {
                return false;
            }
        }));

        Assert.Single(outcomes, written => written);
        Assert.Equal([$"{Array.IndexOf(outcomes, true)}"], (await ReadAsync(id)).State);
    }

    [Fact]
    public async Task State_AfterARestartOfTheSilo_IsThere()
    {
        var id = GrainId.Create("round", "kept");
        var state = await ReadAsync(id);
        await WriteAsync(id, state, new string('x', 200_000));
        await Reminders.UpsertRow(Reminder(id, "kept"), Cancellation);

        await _cluster!.DisposeAsync();
        await StartAsync();

        var read = await ReadAsync(id);
        Assert.Equal(state.ETag, read.ETag);
        Assert.Equal(200_000, Assert.Single(read.State!).Length);
        Assert.Equal("kept", Assert.Single((await Reminders.ReadRows(id, Cancellation)).Reminders).ReminderName);
        await WriteAsync(id, read, "goes on");
    }

    [Fact]
    public async Task Reminders_AreRegisteredListedReplacedAndRemoved()
    {
        var (grain, other) = (GrainId.Create("run", "run_1"), GrainId.Create("run", "run_2"));
        await Reminders.UpsertRow(Reminder(grain, "go-on"), Cancellation);
        var latest = (await Reminders.UpsertRow(Reminder(grain, "go-on", minutes: 2), Cancellation))!;
        await Reminders.UpsertRow(Reminder(grain, "other"), Cancellation);
        await Reminders.UpsertRow(Reminder(other, "go-on"), Cancellation);

        Assert.Equal(["go-on", "other"], (await Reminders.ReadRows(grain, Cancellation)).Reminders.Select(row => row.ReminderName).Order());
        var row = (await Reminders.ReadRow(grain, "go-on", Cancellation))!;
        Assert.Equal(TimeSpan.FromMinutes(2), row.Period);
        Assert.Equal(Reminder(grain, "go-on").StartAt, row.StartAt);
        Assert.Equal(latest, row.ETag);
        Assert.Null(await Reminders.ReadRow(grain, "none", Cancellation));

        Assert.False(await Reminders.RemoveRow(grain, "go-on", "9999", Cancellation));
        Assert.True(await Reminders.RemoveRow(grain, "go-on", latest, Cancellation));
        Assert.False(await Reminders.RemoveRow(grain, "go-on", latest, Cancellation));
        Assert.Equal("other", Assert.Single((await Reminders.ReadRows(grain, Cancellation)).Reminders).ReminderName);
    }

    [Fact]
    public async Task Reminders_OfARange_AreThoseWhoseHashIsAfterItsBeginAndUpToItsEnd()
    {
        var grains = Enumerable.Range(0, 200).Select(number => GrainId.Create("run", $"run_{number}")).ToList();
        await Task.WhenAll(grains.Select(grain => Reminders.UpsertRow(Reminder(grain, "go-on"), Cancellation)));
        var hashes = grains.Select(grain => grain.GetUniformHashCode()).Order().ToList();
        var (begin, end) = (hashes[50], hashes[150]);

        var inside = await HashesAsync(begin, end);
        var around = await HashesAsync(end, begin);

        Assert.Equal(hashes[51..151], inside);
        Assert.Equal([.. hashes[..51], .. hashes[151..]], around);
        Assert.Equal(hashes, await HashesAsync(0, uint.MaxValue));
    }

    private async Task<List<uint>> HashesAsync(uint begin, uint end) =>
        [.. (await Reminders.ReadRows(begin, end, Cancellation)).Reminders.Select(row => row.GrainId.GetUniformHashCode()).Order()];

    private protected static ReminderEntry Reminder(GrainId grain, string name, int minutes = 1) => new()
    {
        GrainId = grain,
        ReminderName = name,
        StartAt = new DateTime(2030, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc),
        Period = TimeSpan.FromMinutes(minutes),
    };

    private protected async Task<GrainState<List<string>>> ReadAsync(GrainId id)
    {
        var state = new GrainState<List<string>>();
        await Grains.ReadStateAsync("state", id, state);
        return state;
    }

    private protected Task WriteAsync(GrainId id, GrainState<List<string>> state, string value)
    {
        state.State = [value];
        return Grains.WriteStateAsync("state", id, state);
    }

    private async Task StartAsync()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.Options.ServiceId = "octomil";
        builder.ConfigureSiloHost((_, host) => host.Configuration.AddInMemoryCollection(_settings));
        builder.ConfigureSilo((_, silo) => silo.AddOctomilStorage());
        _cluster = builder.Build();
        await _cluster.DeployAsync(Cancellation);
    }
}
