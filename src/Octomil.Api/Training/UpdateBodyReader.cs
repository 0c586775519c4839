using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace Octomil.Training;

/// <summary>
/// A body that must keep coming: a sender that falls silent is given up, for it holds a buffer of the silo's. The web server's own
/// bound is on the average rate, which lets a sender that was fast stay silent for hours.
/// </summary>
internal sealed class UpdateBodyReader(PipeReader body, TimeProvider clock) : PipeReader
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(15);

    /// <exception cref="BadHttpRequestException">Nothing came for too long.</exception>
    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (body.TryRead(out var waiting))
        {
            return waiting;
        }

        using var silence = new CancellationTokenSource(LongestSilence, clock);
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

    public override bool TryRead(out ReadResult result) => body.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => body.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => body.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => body.CancelPendingRead();

    public override void Complete(Exception? exception = null) => body.Complete(exception);
}
