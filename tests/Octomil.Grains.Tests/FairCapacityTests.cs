using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Octomil;

public sealed class FairCapacityTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _clock = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Return_ServesTheOrganizationThatHoldsLeast_HoweverLateItCame()
    {
        var queue = await FullAsync();
        var floods = Enumerable.Range(0, 5).Select(_ => queue.TakeAsync("a", 1, Patience, Cancellation).AsTask()).ToList();
        var other = queue.TakeAsync("b", 1, Patience, Cancellation).AsTask();
        var another = queue.TakeAsync("b", 1, Patience, Cancellation).AsTask();

        queue.Return("a", 1);
        Assert.True(await other);
        queue.Return("a", 1);

        Assert.True(await another);
        Assert.DoesNotContain(floods, task => task.IsCompleted);
    }

    [Fact]
    public async Task Return_OnceNobodyElseWaits_ServesTheOneThatFloodsInItsOrder()
    {
        var queue = await FullAsync();
        var first = queue.TakeAsync("a", 1, Patience, Cancellation).AsTask();
        var second = queue.TakeAsync("a", 1, Patience, Cancellation).AsTask();

        queue.Return("a", 1);

        Assert.True(await first);
        Assert.False(second.IsCompleted);
    }

    [Fact]
    public async Task Take_ThatWaitsTooLong_IsFalseAndTakesNothing()
    {
        var queue = await FullAsync();
        var waiting = queue.TakeAsync("b", 1, Patience, Cancellation).AsTask();
        var taken = queue.Taken;

        _clock.Advance(Patience);

        Assert.False(await waiting);
        Assert.Equal(taken, queue.Taken);
    }

    [Fact]
    public async Task Take_OfOneThatWentAway_LetsTheNextOnePass()
    {
        var queue = await FullAsync();
        using var gone = new CancellationTokenSource();
        var large = queue.TakeAsync("b", 4, Patience, gone.Token).AsTask();
        var small = queue.TakeAsync("b", 1, Patience, Cancellation).AsTask();
        queue.Return("a", 1);
        Assert.False(small.IsCompleted);

        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        Assert.True(await small);
    }

    [Fact]
    public async Task Take_BehindTooMany_IsFalseAtOnce()
    {
        var queue = await FullAsync(longestQueue: 2);
        _ = queue.TakeAsync("a", 1, Patience, Cancellation).AsTask();
        _ = queue.TakeAsync("a", 1, Patience, Cancellation).AsTask();

        Assert.False(await queue.TakeAsync("a", 1, Patience, Cancellation));
    }

    [Fact]
    public async Task Capacity_UnderManyThreads_EndsEmptyAndServesEverybody()
    {
        var queue = new FairCapacity(8, int.MaxValue, TimeProvider.System);
        var served = new int[4];
        await Parallel.ForAsync(0, 2000, Cancellation, async (i, token) =>
        {
            var organization = i % 4;
            if (await queue.TakeAsync($"org_{organization}", 1 + (i % 3), TimeSpan.FromMinutes(2), token))
            {
                await Task.Yield();
                Interlocked.Increment(ref served[organization]);
                queue.Return($"org_{organization}", 1 + (i % 3));
            }
        });

        Assert.Equal([500, 500, 500, 500], served);
        Assert.Equal(0, queue.Taken);
    }

    // One organization has all that it may have alone, another the rest.
    private async Task<FairCapacity> FullAsync(int longestQueue = 100)
    {
        var queue = new FairCapacity(8, longestQueue, _clock);
        for (var i = 0; i < 7; i++)
        {
            Assert.True(await queue.TakeAsync("a", 1, TimeSpan.Zero, Cancellation));
        }

        Assert.True(await queue.TakeAsync("c", 1, TimeSpan.Zero, Cancellation));
        return queue;
    }
}
