using System.Buffers;
using System.IO.Pipelines;

namespace Octomil.Learning.Weights;

/// <summary>
/// Takes the header from a pipe into memory of its own: a pipe that is asked to hold all of it may wait for the sender, while the
/// sender waits for the pipe.
/// </summary>
internal static class PipeHeader
{
    public const int LengthBytes = sizeof(long);

    public static async ValueTask<SafetensorsHeader> ReadAsync(PipeReader body, long maxLength, CancellationToken cancellationToken)
    {
        var first = new byte[LengthBytes];
        var read = await ReadExactlyAsync(body, first, cancellationToken);
        var length = SafetensorsStart.ReadLength(first.AsSpan(0, read), maxLength);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            var header = rented.AsMemory(0, length);
            return await ReadExactlyAsync(body, header, cancellationToken) == length
                ? SafetensorsHeader.Parse(header.Span, null)
                : throw new WeightsFormatException(WeightsErrors.Truncated, "The data ends inside the header. Send the whole file.");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    // Fewer bytes than asked for: the pipe ended.
    private static async ValueTask<int> ReadExactlyAsync(PipeReader body, Memory<byte> destination, CancellationToken cancellationToken)
    {
        var count = 0;
        while (count < destination.Length)
        {
            var result = await body.ReadAsync(cancellationToken);
            if (result.IsCanceled)
            {
                throw new OperationCanceledException();
            }

            // The buffer must not be touched after AdvanceTo.
            var part = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, destination.Length - count));
            var length = (int)part.Length;
            part.CopyTo(destination.Span[count..]);
            body.AdvanceTo(part.End);
            count += length;
            if (result.IsCompleted && count < destination.Length)
            {
                break;
            }
        }

        return count;
    }
}
