using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace Octomil.Training;

/// <summary>
/// A body that must keep coming: a sender that falls silent, or drips, is given up, for it holds a buffer of the silo's. The web server's own
/// bound is on the average rate since the body began, which lets a sender that was fast stay silent for hours.
/// </summary>
internal sealed class UpdateBodyReader(PipeReader body, UploadOptions options, TimeProvider clock) : PipeReader
{
    private readonly ArrivalRate _rate = new(options.RateWindow, options.SlowestBytesPerSecond);
    private ReadResult _last;
    private long _unread;

    /// <exception cref="BadHttpRequestException">Nothing came for too long, or too little.</exception>
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (TryRead(out var there))
        {
            return there;
        }

        var started = clock.GetTimestamp();
        var result = await WaitAsync(cancellationToken);
        Take(result, clock.GetElapsedTime(started));
        return result;
    }

    /// <inheritdoc/>
    public override bool TryRead(out ReadResult result)
    {
        if (!body.TryRead(out result))
        {
            return false;
        }

        Take(result, TimeSpan.Zero);
        return true;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _unread = _last.Buffer.Slice(consumed).Length;
        body.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => body.CancelPendingRead();

    public override void Complete(Exception? exception = null) => body.Complete(exception);

    private async ValueTask<ReadResult> WaitAsync(CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(options.LongestSilence, clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cancellationToken);

        try
        {
            return await body.ReadAsync(linked.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BadHttpRequestException("The body stopped coming.", StatusCodes.Status408RequestTimeout, exception);
        }
    }

    private void Take(ReadResult result, TimeSpan waited)
    {
        var came = result.Buffer.Length - _unread;
        (_last, _unread) = (result, result.Buffer.Length);
        if (!_rate.IsFastEnough(waited, came) && !result.IsCompleted)
        {
            throw new BadHttpRequestException(
                $"The body comes too slowly: at least {options.SlowestBytesPerSecond:0} bytes a second are needed, over {options.RateWindow.TotalSeconds:0} s.", StatusCodes.Status408RequestTimeout);
        }
    }
}
