using Octomil.Client.Connections;
using Octomil.Client.Rounds;
using Octomil.Client.Tests.Fakes;
using Xunit;

namespace Octomil.Client.Tests.Rounds;

public sealed class RoundQueueTests : IDisposable
{
    private readonly TestClock _clock = new();
    private readonly FakeService _service;
    private readonly RoundQueue _queue;

    public RoundQueueTests()
    {
        _service = new FakeService(_clock);
        _queue = new RoundQueue(_ => true, new ServerClock(_clock), _clock);
    }

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task Take_OfSeveral_GivesTheEarliestDeadlineFirst()
    {
        var later = _service.Assign(1) with { Deadline = _clock.GetUtcNow().AddMinutes(9) };
        var sooner = _service.Assign(2) with { Deadline = _clock.GetUtcNow().AddMinutes(3) };
        _queue.OfferListed([later, sooner], _queue.Ask());

        Assert.Equal(2, (await TakeAsync()).Assignment.RoundNumber);
    }

    [Fact]
    public async Task Offer_OfARoundAnsweredBefore_CountsOnlyIfAskedForAfterwards()
    {
        _queue.OfferListed([_service.Assign(1)], _queue.Ask());
        var work = await TakeAsync();
        var askedBefore = _queue.Ask();
        _queue.Finish(work, failed: false);

        _queue.OfferListed([_service.Assign(1)], askedBefore);
        Assert.False(IsWaiting());
        _queue.OfferListed([_service.Assign(1)], _queue.Ask());

        Assert.True(IsWaiting());
    }

    [Fact]
    public async Task OfferPushed_OfARoundAnsweredBefore_LeavesItToAListing()
    {
        _queue.OfferListed([_service.Assign(1)], _queue.Ask());
        _queue.Finish(await TakeAsync(), failed: false);

        Assert.False(_queue.OfferPushed(_service.Assign(1)));
        Assert.False(IsWaiting());
    }

    [Fact]
    public async Task Offer_OfTheRoundInProgress_ChangesNothing()
    {
        _queue.OfferListed([_service.Assign(1)], _queue.Ask());
        await TakeAsync();

        _queue.OfferListed([_service.Assign(1)], _queue.Ask());

        Assert.False(IsWaiting());
    }

    [Fact]
    public void Offer_WithoutAWaitingRound_DropsIt()
    {
        _queue.OfferListed([_service.Assign(1)], _queue.Ask());

        _queue.OfferListed([], _queue.Ask());

        Assert.False(IsWaiting());
    }

    [Fact]
    public void Offer_AskedForBeforeAPush_KeepsThePushedRound()
    {
        var askedAt = _queue.Ask();
        _queue.OfferPushed(_service.Assign(1));

        _queue.OfferListed([], askedAt);

        Assert.True(IsWaiting());
    }

    [Fact]
    public async Task Offer_TwiceWithoutTheRoundInProgress_ClosesIt()
    {
        _queue.OfferPushed(_service.Assign(1));
        var work = await TakeAsync();

        _queue.OfferListed([], _queue.Ask());
        Assert.False(work.Closed.IsCancellationRequested);
        _queue.OfferListed([], _queue.Ask());

        Assert.True(work.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task Offer_WithoutARoundThatIsBeingSent_LeavesIt()
    {
        _queue.OfferPushed(_service.Assign(1));
        var work = await TakeAsync();
        work.IsSending = true;

        _queue.OfferListed([], _queue.Ask());
        _queue.OfferListed([], _queue.Ask());

        Assert.False(work.Closed.IsCancellationRequested);
    }

    [Fact]
    public async Task Offer_OfARoundThatFailed_WaitsLongerEachTime()
    {
        foreach (var seconds in new[] { 10, 20, 40 })
        {
            _queue.OfferListed([_service.Assign(1)], _queue.Ask());
            _queue.Finish(await TakeAsync(), failed: true);

            _clock.Advance(TimeSpan.FromSeconds(seconds - 1));
            _queue.OfferListed([_service.Assign(1)], _queue.Ask());
            Assert.False(IsWaiting());
            _clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public void Offer_OfARoundPastItsDeadline_IsNotTaken()
    {
        _queue.OfferListed([_service.Assign(1) with { Deadline = _clock.GetUtcNow() }], _queue.Ask());

        Assert.False(IsWaiting());
    }

    private Task<RoundWork> TakeAsync() => _queue.TakeAsync(TestContext.Current.CancellationToken);

    private bool IsWaiting()
    {
        using var stop = new CancellationTokenSource();
        var taking = _queue.TakeAsync(stop.Token);
        stop.Cancel();
        return taking.IsCompletedSuccessfully;
    }
}
