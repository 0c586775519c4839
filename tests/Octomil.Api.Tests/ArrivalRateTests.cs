using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Octomil.Training;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class ArrivalRateTests
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(16);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ArrivalRate _rate = new(Window, slowest: 100);

    [Fact]
    public void Rate_OfASteadySender_IsFastEnough() => Assert.All(Enumerable.Range(0, 200), _ => Assert.True(_rate.IsFastEnough(Second, 101)));

    [Fact]
    public void Rate_OfASenderThatWasQuickFirst_FailsOnceTheWindowHasPassed()
    {
        Assert.True(_rate.IsFastEnough(TimeSpan.Zero, 1_000_000_000));

        var lasted = Enumerable.Range(0, 100).TakeWhile(_ => _rate.IsFastEnough(Second, 1)).Count();

        Assert.InRange(lasted, 15, 16);
    }

    [Fact]
    public void Rate_OfADrippingSender_FailsAfterOneWindow()
    {
        var lasted = Enumerable.Range(0, 100).TakeWhile(_ => _rate.IsFastEnough(10 * Second, 1)).Count();

        Assert.Equal(1, lasted);
    }

    [Fact]
    public void Rate_OfASenderWithPauses_IsFastEnoughWhereItsAverageOverTheWindowIs() => Assert.All(
        Enumerable.Range(0, 100), i => Assert.True(_rate.IsFastEnough(5 * Second, 700), $"piece {i}"));

    [Fact]
    public void Rate_OfASenderThatIsNeverWaitedFor_IsFastEnough() => Assert.All(Enumerable.Range(0, 100), _ => Assert.True(_rate.IsFastEnough(TimeSpan.Zero, 1)));

    [Fact]
    public async Task Body_ThatDrips_IsGivenUp()
    {
        var clock = new FakeTimeProvider();
        var pipe = new Pipe(new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline));
        var body = new UpdateBodyReader(pipe.Reader, new UploadOptions { RateWindow = Window, SlowestBytesPerSecond = 100 }, clock);
        await pipe.Writer.WriteAsync(new byte[10_000], Cancellation);
        Consume(body, await body.ReadAsync(Cancellation));

        var refused = await Assert.ThrowsAsync<BadHttpRequestException>(async () =>
        {
            while (true)
            {
                var reading = body.ReadAsync(Cancellation);
                clock.Advance(10 * Second);
                await pipe.Writer.WriteAsync(new byte[1], Cancellation);
                Consume(body, await reading);
            }
        });

        Assert.Equal(StatusCodes.Status408RequestTimeout, refused.StatusCode);
        Assert.Contains("100 bytes a second", refused.Message, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(20), clock.GetUtcNow() - clock.Start);
    }

    [Fact]
    public async Task Body_ThatIsLeftInParts_IsCountedOnce()
    {
        var clock = new FakeTimeProvider();
        var pipe = new Pipe(new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline));
        var body = new UpdateBodyReader(pipe.Reader, new UploadOptions { RateWindow = Window, SlowestBytesPerSecond = 100 }, clock);
        await pipe.Writer.WriteAsync(new byte[2_000], Cancellation);
        var first = await body.ReadAsync(Cancellation);
        body.AdvanceTo(first.Buffer.Start, first.Buffer.End);

        // All is looked at again each time and little is taken: what is seen twice did not come twice.
        await Assert.ThrowsAsync<BadHttpRequestException>(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                var reading = body.ReadAsync(Cancellation);
                clock.Advance(Second);
                await pipe.Writer.WriteAsync(new byte[10], Cancellation);
                var result = await reading;
                body.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            }
        });
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static void Consume(UpdateBodyReader body, ReadResult result) => body.AdvanceTo(result.Buffer.End);
}
