using Microsoft.AspNetCore.Http;
using Octomil.Client.Tests.Fakes;
using Xunit;

namespace Octomil.Client.Tests.Protocol;

public sealed class SendingTests
{
    private const string Put = "PUT /api/v1/training/rounds/rnd_0000000000000001/updates/dev_0000000000000001";

    [Fact]
    public async Task Send_ToAServiceThatAsksToWait_WaitsAndSendsTheSameBytes()
    {
        await using var bench = await Bench.StartAsync();
        bench.Service.OnUpdate = (context, attempt) =>
        {
            context.Response.Headers.RetryAfter = "7";
            return Task.FromResult(attempt == 1 ? FakeEndpoints.Problem(503, ErrorCodes.NotDurable, "Not durable yet.") : null);
        };
        bench.Service.Listed.Add(bench.Service.Assign(1));
        await bench.RunAsync();
        var first = await bench.Service.CallAsync(Put);

        await bench.Clock.PassAsync(TimeSpan.FromSeconds(7));
        var second = await bench.Service.CallAsync(Put);

        Assert.Equal(first.Body, second.Body);
        await bench.LineAsync("Sent the train answer of round 1");
        Assert.Single(bench.Trainer.Tasks.All);
    }

    [Fact]
    public async Task Send_WhoseAnswerIsLost_SendsTheSameBytes()
    {
        await using var bench = await Bench.StartAsync();
        bench.Service.OnUpdate = (context, attempt) =>
        {
            if (attempt == 1)
            {
                context.Abort();
            }

            return Task.FromResult<IResult?>(null);
        };
        bench.Service.Listed.Add(bench.Service.Assign(1));
        await bench.RunAsync();

        var first = await bench.Service.CallAsync(Put);
        var second = await bench.Service.CallAsync(Put);

        Assert.Equal(first.Body, second.Body);
        await bench.LineAsync("Sent the train answer of round 1");
        Assert.Single(bench.Trainer.Tasks.All);
    }

    [Fact]
    public async Task Send_ToAServiceThatIsGone_SendsTheSameBytesWhenItIsBack()
    {
        await using var bench = await Bench.StartAsync();
        var arrived = new TaskCompletionSource();
        bench.Service.OnUpdate = async (context, attempt) =>
        {
            if (attempt == 1 && arrived.TrySetResult())
            {
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
            }

            return null;
        };
        bench.Service.Listed.Add(bench.Service.Assign(1));
        await bench.RunAsync();
        var first = await bench.Service.CallAsync(Put);
        await arrived.Task;

        await bench.Service.StopAsync();
        await bench.LineAsync("not sent yet");
        await bench.Service.StartAsync();

        Assert.Equal(first.Body, (await bench.Service.CallAsync(Put)).Body);
        await bench.LineAsync("Sent the train answer of round 1");
    }

    [Theory]
    [InlineData(409, ErrorCodes.RoundNotOpen)]
    [InlineData(403, ErrorCodes.NotSelected)]
    [InlineData(403, ErrorCodes.OrganizationSuspended)]
    public async Task Send_OfARefusedAnswer_GivesUpTheRoundAndTakesTheNext(int status, string code)
    {
        await using var bench = await Bench.StartAsync();
        bench.Service.OnUpdate = (context, _) => Task.FromResult(
            context.Request.Path.Value!.Contains("0001/updates", StringComparison.Ordinal) ? FakeEndpoints.Problem(status, code, "No.") : null);
        bench.Service.Listed.Add(bench.Service.Assign(1));
        await bench.RunAsync();
        await bench.LineAsync($"does not take this device's answer ({code}): No.");

        await bench.Service.Devices.RoundAssigned(bench.Service.Assign(2));

        await bench.LineAsync("answer of round 2");
    }

    [Fact]
    public async Task Send_UntilTheDeadline_GivesUpThen()
    {
        await using var bench = await Bench.StartAsync();
        bench.Service.OnUpdate = (context, _) =>
        {
            context.Response.Headers.RetryAfter = "3600";
            return Task.FromResult<IResult?>(FakeEndpoints.Problem(503, ErrorCodes.Busy, "Busy."));
        };
        bench.Service.Listed.Add(bench.Service.Assign(1));
        await bench.RunAsync();
        await bench.LineAsync("not sent yet");

        bench.Clock.Advance(TimeSpan.FromMinutes(10));

        await bench.LineAsync("the deadline passed");
    }
}
