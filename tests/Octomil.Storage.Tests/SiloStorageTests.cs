using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using Xunit;

namespace Octomil.Storage;

/// <summary>What Orleans wants of its providers, through those of a real silo on our database, whichever it is.</summary>
public abstract class SiloStorageTests : IAsyncLifetime
{
    private TestSilo? _silo;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private TestSilo Silo => _silo!;

    private IGrainStorage Grains => Silo.Grains;

    private IReminderTable Reminders => Silo.Reminders;

    public static TheoryData<string> Keys => ["round/rnd_0123456789abcdef", "round/", "round/7", "round/00000000000000000000000000000001+extension", "round/a'b\"c;--", "round/Ünïcode"];

    /// <summary>What the silo is to be told beside its data folder.</summary>
    private protected virtual Task<Dictionary<string, string?>> SettingsAsync() => Task.FromResult(new Dictionary<string, string?>());

    public async ValueTask InitializeAsync() => _silo = await TestSilo.StartAsync(await SettingsAsync(), Cancellation);

    public async ValueTask DisposeAsync()
    {
        if (_silo is not null)
        {
            await _silo.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task State_IsWrittenReadAndCleared(string grain)
    {
        var id = GrainId.Parse(grain, null);
        var state = await Silo.ReadAsync(id);
        Assert.False(state.RecordExists);

        await Silo.WriteAsync(id, state, "one");
        await Silo.WriteAsync(id, state, "two");
        var read = await Silo.ReadAsync(id);
        Assert.True(read.RecordExists);
        Assert.Equal(["two"], read.State);
        Assert.Equal(state.ETag, read.ETag);

        await Grains.ClearStateAsync("state", id, read);
        var cleared = await Silo.ReadAsync(id);
        Assert.False(cleared.RecordExists);
        Assert.Empty(cleared.State!);

        await Silo.WriteAsync(id, cleared, "three");
        Assert.Equal(["three"], (await Silo.ReadAsync(id)).State);
    }

    [Fact]
    public async Task References_AreThoseOfEveryRow_ButOfTheStatesToLeaveOut()
    {
        // More rows than a page has.
        for (var i = 0; i < 450; i++)
        {
            await Silo.WriteAsync(GrainId.Create("model", $"m{i}"), new GrainState<List<string>>(), Hash(i));
        }

        var other = GrainId.Create("model", "other");
        await Grains.WriteStateAsync("left-out", other, new GrainState<List<string>>([Hash(1000)]));
        await Grains.WriteStateAsync("kept", other, new GrainState<List<string>>([Hash(1001)]));
        var references = Silo.Services.GetRequiredService<IStoredReferences>();

        var found = await references.FindWeightsAsync(["left-out"], Cancellation);

        Assert.Equal([.. Enumerable.Range(0, 450).Append(1001).Select(Hash).Order(StringComparer.Ordinal)], found.Order(StringComparer.Ordinal));

        static string Hash(int i) => i.ToString("x64", CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task State_OfKeysAndNamesThatDifferALittle_IsKeptApart()
    {
        // Not hexadecimal: a key that could be a number is one to the provider. Ours have prefixes.
        // Nor does it look at the type of the grain: names of states are those of one type only.
        GrainId[] ids = [GrainId.Create("round", "x"), GrainId.Create("round", "X"), GrainId.Create("round", "x "), GrainId.Create("round", "x+y")];

        foreach (var id in ids)
        {
            await Silo.WriteAsync(id, await Silo.ReadAsync(id), id.ToString());
        }

        foreach (var id in ids)
        {
            Assert.Equal([id.ToString()], (await Silo.ReadAsync(id)).State!);
        }

        var other = new GrainState<List<string>>();
        await Grains.ReadStateAsync("another", ids[0], other);
        Assert.False(other.RecordExists);
    }

    [Fact]
    public async Task State_OfAnOldETag_IsRefusedAndNothingIsWritten()
    {
        var id = GrainId.Create("round", "a");
        var (first, second) = (await Silo.ReadAsync(id), await Silo.ReadAsync(id));
        await Silo.WriteAsync(id, first, "first");

        await Assert.ThrowsAsync<InconsistentStateException>(() => Silo.WriteAsync(id, second, "second"));
        var stale = await Silo.ReadAsync(id);
        await Silo.WriteAsync(id, first, "newer");
        await Assert.ThrowsAsync<InconsistentStateException>(() => Silo.WriteAsync(id, stale, "stale"));
        await Assert.ThrowsAsync<InconsistentStateException>(() => Grains.ClearStateAsync("state", id, stale));

        // An ETag of before the clearing stays wrong after it.
        await Grains.ClearStateAsync("state", id, first);
        await Assert.ThrowsAsync<InconsistentStateException>(() => Silo.WriteAsync(id, stale, "ghost"));
        Assert.False((await Silo.ReadAsync(id)).RecordExists);
    }

    [Fact]
    public async Task State_WrittenByManyWithTheSameETag_IsTakenFromOne()
    {
        var id = GrainId.Create("round", "contended");
        var states = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => Silo.ReadAsync(id)));

        var outcomes = await Task.WhenAll(states.Select(async (state, number) =>
        {
            try
            {
                await Silo.WriteAsync(id, state, $"{number}");
                return true;
            }
            catch (InconsistentStateException)
            {
                return false;
            }
        }));

        Assert.Single(outcomes, written => written);
        Assert.Equal([$"{Array.IndexOf(outcomes, true)}"], (await Silo.ReadAsync(id)).State);
    }

    [Fact]
    public async Task State_AfterARestartOfTheSilo_IsThere()
    {
        var id = GrainId.Create("round", "kept");
        var state = await Silo.ReadAsync(id);
        await Silo.WriteAsync(id, state, new string('x', 200_000));
        await Reminders.UpsertRow(TestSilo.Reminder(id, "kept"), Cancellation);

        await Silo.RestartAsync(Cancellation);

        var read = await Silo.ReadAsync(id);
        Assert.Equal(state.ETag, read.ETag);
        Assert.Equal(200_000, Assert.Single(read.State!).Length);
        Assert.Equal("kept", Assert.Single((await Reminders.ReadRows(id, Cancellation)).Reminders).ReminderName);
        await Silo.WriteAsync(id, read, "goes on");
    }

    [Fact]
    public async Task Reminders_AreRegisteredListedReplacedAndRemoved()
    {
        var (grain, other) = (GrainId.Create("run", "run_1"), GrainId.Create("run", "run_2"));
        await Reminders.UpsertRow(TestSilo.Reminder(grain, "go-on"), Cancellation);
        var latest = (await Reminders.UpsertRow(TestSilo.Reminder(grain, "go-on", minutes: 2), Cancellation))!;
        await Reminders.UpsertRow(TestSilo.Reminder(grain, "other"), Cancellation);
        await Reminders.UpsertRow(TestSilo.Reminder(other, "go-on"), Cancellation);

        Assert.Equal(["go-on", "other"], (await Reminders.ReadRows(grain, Cancellation)).Reminders.Select(row => row.ReminderName).Order());
        var row = (await Reminders.ReadRow(grain, "go-on", Cancellation))!;
        Assert.Equal(TimeSpan.FromMinutes(2), row.Period);
        Assert.Equal(TestSilo.Reminder(grain, "go-on").StartAt, row.StartAt);
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
        await Task.WhenAll(grains.Select(grain => Reminders.UpsertRow(TestSilo.Reminder(grain, "go-on"), Cancellation)));
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
}
