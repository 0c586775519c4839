using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Octomil.Learning.Weights;
using Octomil.Models;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Octomil.Training;

/// <summary>Reads an update from a request's body, as it arrives, into the buffer it is folded from.</summary>
internal static class UpdateBody
{
    // 8 MB of history, what compressors use up to their highest ordinary level: a frame must not choose our memory.
    private const int WindowLog = 23;

    /// <summary>Null where the encoding is one we read.</summary>
    public static Refusal? CheckEncoding(HttpRequest request) => request.Headers.ContentEncoding.ToString() is "" or "identity" or "zstd"
        ? null
        : new Refusal(StatusCodes.Status415UnsupportedMediaType, ErrorCodes.InvalidRequest, "The Content-Encoding must be zstd, or none.");

    public static async Task<Found<UpdateContent>> ReadAsync(
        PipeReader body, HttpContext context, WeightsLayout layout, RoundPlan plan, Memory<float> destination)
    {
        var limits = UpdateReading.LimitsOf(plan);
        try
        {
            return new Found<UpdateContent>(context.Request.Headers.ContentEncoding.ToString() == "zstd"
                ? await ReadCompressedAsync(body.AsStream(), layout, limits, destination, context.RequestAborted)
                : await UpdateReader.ReadAsync(body, layout, limits, destination, context.RequestAborted));
        }
        catch (WeightsFormatException exception) when (UpdateReading.CountsAsZeros(plan, exception))
        {
            return new Found<UpdateContent>(UpdateReading.Zeros(destination));
        }
        catch (WeightsFormatException exception)
        {
            return new Found<UpdateContent>(WeightsRefusals.Of(exception));
        }
        catch (Exception exception) when (exception is ZstdException or EndOfStreamException)
        {
            return new Found<UpdateContent>(new Refusal(
                StatusCodes.Status422UnprocessableEntity, ErrorCodes.InvalidWeights, "The body is not a whole zstd frame with a window of at most 8 MB."));
        }
    }

    private static async Task<UpdateContent> ReadCompressedAsync(
        Stream body, WeightsLayout layout, UpdateLimits limits, Memory<float> destination, CancellationToken cancellationToken)
    {
        await using var plain = new DecompressionStream(body, leaveOpen: true);
        plain.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, WindowLog);
        var reader = PipeReader.Create(plain, new StreamPipeReaderOptions(bufferSize: 128 * 1024, leaveOpen: true));
        try
        {
            return await UpdateReader.ReadAsync(reader, layout, limits, destination, cancellationToken);
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }
}
