using Microsoft.Extensions.DependencyInjection;
using Octomil.Devices;
using Octomil.Testing;
using Xunit;

namespace Octomil.Storage.Postgres;

/// <summary>A database that goes away and comes back under a running silo.</summary>
public sealed class OutageTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Database_ThatIsDown_IsSaidInOurOwnTermsAndForgottenOnceItIsUp()
    {
        await using var server = await StartServerAsync();
        await using var silo = await StartSiloAsync(server);
        var id = GrainId.Create("round", "a");
        var state = await silo.ReadAsync(id);
        await silo.WriteAsync(id, state, "before");
        var registry = silo.Services.GetRequiredService<IDeviceRegistry>();
        var probe = silo.Services.GetRequiredService<IStorageProbe>();
        Assert.True((await probe.CheckAsync(Cancellation)).Ok);

        await server.StopAsync("fast", Cancellation);

        await AssertUnavailableAsync(() => silo.ReadAsync(id));
        await AssertUnavailableAsync(() => silo.WriteAsync(id, state, "lost"));
        await AssertUnavailableAsync(() => silo.Grains.ClearStateAsync("state", id, state));
        await AssertUnavailableAsync(() => silo.Reminders.UpsertRow(TestSilo.Reminder(id, "go-on"), Cancellation));
        await AssertUnavailableAsync(() => silo.Reminders.ReadRows(id, Cancellation));
        await AssertUnavailableAsync(() => registry.CountAsync("org_00000001", "group", Cancellation));
        await AssertUnavailableAsync(() => registry.UpsertAsync([], Cancellation));
        var health = await probe.CheckAsync(Cancellation);
        Assert.False(health.Ok);
        Assert.Contains("database is unavailable", health.Reason, StringComparison.Ordinal);

        await server.StartAgainAsync(Cancellation);

        Assert.True((await probe.CheckAsync(Cancellation)).Ok);
        Assert.Equal(["before"], (await silo.ReadAsync(id)).State);
        await silo.WriteAsync(id, state, "after");
        await silo.Reminders.UpsertRow(TestSilo.Reminder(id, "go-on"), Cancellation);
        Assert.Equal(["after"], (await silo.ReadAsync(id)).State);
    }

    [Fact]
    public async Task Database_ThatCrashesAndRestartsUnderLoad_LosesNothingThatWasAnswered()
    {
        await using var server = await StartServerAsync();
        await using var silo = await StartSiloAsync(server);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var writing = Enumerable.Range(0, 8).Select(number => Task.Run(() => CountUpAsync(silo, GrainId.Create("round", $"writer-{number}"), stop.Token))).ToArray();

        for (var crash = 0; crash < 3; crash++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300), Cancellation);
            await server.StopAsync("immediate", Cancellation);
            await server.StartAgainAsync(Cancellation);
        }

        await Task.Delay(TimeSpan.FromMilliseconds(300), Cancellation);
        await stop.CancelAsync();

        foreach (var writer in await Task.WhenAll(writing))
        {
            Assert.True(writer.Answered > 0);
            Assert.InRange(int.Parse((await silo.ReadAsync(writer.Id)).State![0], null), writer.Answered, writer.Answered + 1);
        }
    }

    // One more with each write; after a write whose outcome is unknown it reads what there is, as an activation does.
    private static async Task<(GrainId Id, int Answered)> CountUpAsync(TestSilo silo, GrainId id, CancellationToken stop)
    {
        var (answered, state) = (0, new GrainState<List<string>>());
        var known = false;

        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (!known)
                {
                    state = await silo.ReadAsync(id);
                    var stored = state.State is [var text] ? int.Parse(text, null) : 0;
                    Assert.InRange(stored, answered, answered + 1);
                    (answered, known) = (stored, true);
                }

                await silo.WriteAsync(id, state, $"{answered + 1}");
                answered++;
            }
            catch (StorageUnavailableException)
            {
                known = false;
                await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None);
            }
        }

        return (id, answered);
    }

    private static async Task AssertUnavailableAsync(Func<Task> call)
    {
        var exception = await Assert.ThrowsAsync<StorageUnavailableException>(call);

        // Those of the driver cannot cross a grain call.
        Assert.DoesNotContain("Npgsql.", exception.ToString().Split("   at ")[0], StringComparison.Ordinal);
        Assert.Null(exception.InnerException);
    }

    private static async Task<PostgresServer> StartServerAsync()
    {
        Assert.SkipWhen(PostgresServer.Missing is not null, PostgresServer.Missing ?? "");
        return await PostgresServer.StartAsync(Cancellation);
    }

    private static async Task<TestSilo> StartSiloAsync(PostgresServer server) =>
        await TestSilo.StartAsync(PostgresSiloStorageTests.Settings(await server.CreateDatabaseAsync(Cancellation)), Cancellation);
}
