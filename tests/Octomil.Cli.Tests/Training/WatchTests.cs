using Microsoft.AspNetCore.Http;

namespace Octomil.Training;

public sealed class WatchTests
{
    private const string Events = "GET /training/radiology-v1/events";
    private const string StatusCall = "GET /training/radiology-v1/status";

    [Fact]
    public async Task Watch_InALog_PrintsALineForEveryChangeAndTheResult()
    {
        await using var service = await FakeService.StartAsync();
        service.On(Events, Runs.Events(Runs.Status(round: 1, accuracy: null), Runs.Status(round: 2), Runs.Completed()));
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("train", "status", "radiology-v1", "--watch")).Expect(0);

        Assert.Equal(
            """
            round 1/50  IN_PROGRESS  updates 18/20 (Acme Health 12/12, Metro General 6/8)  loss 0.2314
            round 2/50  IN_PROGRESS  updates 18/20 (Acme Health 12/12, Metro General 6/8)  accuracy 0.874 (improving)  loss 0.2314
            round 50/50  COMPLETED  updates 18/20 (Acme Health 12/12, Metro General 6/8)  accuracy 0.874 (improving)  loss 0.2314
            Training complete: radiology-v1
            New version: 2.0.0 (aggregated from 50 rounds, 2 organizations)
            """,
            ended.Out.TrimEnd());
    }

    [Fact]
    public async Task Watch_OfUpdatesThatComeFast_TellsHowFarTheRoundCameBeforeTheNext()
    {
        await using var service = await FakeService.StartAsync();
        service.On(Events, Runs.Events(
            WithUpdates(1, 0), WithUpdates(1, 1), WithUpdates(1, 2), WithUpdates(1, 3), WithUpdates(2, 0), Runs.Completed()));
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("train", "status", "radiology-v1", "--watch")).Expect(0);

        Assert.Contains("round 1/50  IN_PROGRESS  updates 3/4 (Acme Health 3/4)", ended.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("updates 1/4", ended.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_AsJson_PrintsOneObjectALine()
    {
        await using var service = await FakeService.StartAsync();
        service.On(Events, Runs.Events(Runs.Status(round: 1), Runs.Status(round: 1), Runs.Completed()));
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("train", "status", "radiology-v1", "--watch", "--json")).Expect(0);

        Assert.Equal(2, ended.Lines.Length);
        Assert.All(ended.Lines, line => Assert.Equal("run_0123456789abcdef", System.Text.Json.JsonDocument.Parse(line).RootElement.GetProperty("session_id").GetString()));
    }

    [Fact]
    public async Task Watch_OfAStreamThatEndsBeforeTheRun_ConnectsAgain()
    {
        await using var service = await FakeService.StartAsync();
        var streams = 0;
        service.On(StatusCall, Runs.Status(round: 2)).On(Events, context =>
            Runs.Events(Interlocked.Increment(ref streams) == 1 ? Runs.Status(round: 1) : Runs.Completed())(context));
        using var octomil = CommandLine.For(service.Address, time: new HurriedTime());

        var ended = (await octomil.RunAsync("train", "status", "radiology-v1", "--watch")).Expect(0);

        Assert.Equal(["round 1/50", "round 2/50", "round 50/50", "Training complete: radiology-v1", "New version: 2.0.0 (aggregated from 50 rounds, 2 organizations)"],
            ended.Lines.Select(line => line.Split("  ")[0]));
        Assert.Equal(2, streams);
    }

    [Fact]
    public async Task Watch_OfAServiceThatGoesAwayForAWhile_WaitsForIt()
    {
        await using var service = await FakeService.StartAsync();
        var calls = 0;
        RequestDelegate troubled = async context =>
        {
            switch (Interlocked.Increment(ref calls))
            {
                case 1:
                    await Runs.Events(Runs.Status(round: 1))(context);
                    break;
                case < 6:
                    context.Abort();
                    break;
                default:
                    await Runs.Events(Runs.Completed())(context);
                    break;
            }
        };
        service.On(Events, troubled).On(StatusCall, context =>
        {
            Interlocked.Increment(ref calls);
            context.Abort();
            return Task.CompletedTask;
        });
        using var octomil = CommandLine.For(service.Address, time: new HurriedTime());

        var ended = (await octomil.RunAsync("train", "status", "radiology-v1", "--watch")).Expect(0);

        Assert.Contains("Trying again.", ended.Error, StringComparison.Ordinal);
        Assert.Contains("Training complete: radiology-v1", ended.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_WithoutAnEventStream_Polls()
    {
        await using var service = await FakeService.StartAsync();
        var polls = 0;
        service.On(StatusCall, context =>
            FakeService.WriteJsonAsync(context, Interlocked.Increment(ref polls) < 3 ? Runs.Status(round: polls) : Runs.Completed()));
        using var octomil = CommandLine.For(service.Address, time: new HurriedTime());

        (await octomil.RunAsync("train", "status", "radiology-v1", "--watch")).Expect(0);

        Assert.Equal(3, polls);
        Assert.Single(service.Calls, call => call == Events);
    }

    [Fact]
    public async Task Watch_OfASilentStream_AsksForTheStatus()
    {
        await using var service = await FakeService.StartAsync();
        service.On(StatusCall, Runs.Completed()).On(Events, async context =>
        {
            await Runs.Events(Runs.Status(round: 1))(context);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        using var octomil = CommandLine.For(service.Address, time: new HurriedTime());

        var ended = (await octomil.RunAsync("train", "status", "radiology-v1", "--watch")).Expect(0);

        Assert.Contains("Training complete: radiology-v1", ended.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FAILED", "error: Training of radiology-v1 failed in round 3: no devices")]
    [InlineData("STOPPED", "error: Training of radiology-v1 was stopped in round 3: no devices")]
    public async Task Watch_OfARunThatEndsWithoutAResult_Fails(string status, string error)
    {
        await using var service = await FakeService.StartAsync();
        service.On(Events, Runs.Events(Runs.Status(status, round: 3) with { Reason = "no devices" }));
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("train", "status", "radiology-v1", "--watch")).Expect(1);

        Assert.Equal(error, ended.Error.TrimEnd());
    }

    [Fact]
    public async Task Watch_OfAModelWithoutARun_IsRefusedAtOnce()
    {
        await using var service = await FakeService.StartAsync();
        service.Refuse(Events, 404, "no_run", "There is no run over radiology-v1.").Refuse(StatusCall, 404, "no_run", "There is no run over radiology-v1.");
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("train", "status", "radiology-v1", "--watch")).Expect(1);

        Assert.StartsWith("error: There is no run over radiology-v1.\nhint: start one with", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_Interrupted_LeavesCleanly()
    {
        await using var service = await FakeService.StartAsync();
        using var interrupt = new CancellationTokenSource();
        service.On(Events, async context =>
        {
            await Runs.Events(Runs.Status(round: 1))(context);
            await interrupt.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync(new CommandLine.Streams("", terminal: false), interrupt.Token, "train", "status", "radiology-v1", "--watch")).Expect(0);

        Assert.Contains("the run goes on", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Watch_OnATerminal_DrawsBarsAndCurves()
    {
        await using var service = await FakeService.StartAsync();
        service.On(Events, Runs.Events(Runs.Status(round: 1), Runs.Status(round: 2), Runs.Completed()));
        using var octomil = CommandLine.For(service.Address, terminal: true);

        var ended = (await octomil.RunAsync("train", "status", "radiology-v1", "--watch")).Expect(0);

        Assert.Contains("Metro General", ended.Out, StringComparison.Ordinal);
        Assert.Contains("█", ended.Out, StringComparison.Ordinal);
        Assert.EndsWith("Training complete: radiology-v1\nNew version: 2.0.0 (aggregated from 50 rounds, 2 organizations)\n", ended.Out, StringComparison.Ordinal);
    }

    private static TrainingStatusResponse WithUpdates(int round, int updates) => Runs.Status(round: round) with
    {
        Contributions = [new ContributionResponse { OrgId = "org_1", OrgName = "Acme Health", Devices = 4, Selected = 4, Updates = updates }],
    };
}
