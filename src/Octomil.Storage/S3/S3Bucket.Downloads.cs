using System.Net;
using Amazon.Runtime;
using Amazon.S3.Model;

namespace Octomil.Storage.S3;

/// <summary>Reading objects. A connection that is cut or stands still is taken up again where it was, as often as a request is sent.</summary>
internal sealed partial class S3Bucket
{
    private const int BufferBytes = 1 << 17;

    /// <summary>Writes the first <paramref name="bytes"/> bytes to <paramref name="output"/>, or as many as there are, and returns how many.</summary>
    /// <exception cref="PayloadMissingException">There is no such object.</exception>
    public async Task<long> CopyToAsync(string key, long bytes, Stream output, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        var (read, failures) = (0L, 0);

        while (read < bytes)
        {
            try
            {
                using var piece = await OpenAsync(key, read, bytes - read, cancellationToken);
                var count = 0;

                while (piece is not null && (count = await ReadAsync(piece.ResponseStream, buffer, cancellationToken)) > 0)
                {
                    await output.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                    read += count;
                }

                return read;
            }
            catch (Exception exception) when (S3Errors.IsTrouble(exception, cancellationToken))
            {
                failures++;
                await PauseAsync(exception, failures, cancellationToken);
            }
        }

        return read;
    }

    /// <summary>Fills <paramref name="bytes"/> from <paramref name="offset"/>, or as far as the object goes; gives how many, and the object's length.</summary>
    /// <exception cref="PayloadMissingException">There is no such object.</exception>
    public async Task<(int Count, long Length)> ReadAsync(string key, Memory<byte> bytes, long offset, CancellationToken cancellationToken)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                using var piece = await OpenAsync(key, offset, bytes.Length, cancellationToken);
                var (read, count) = (0, 0);

                if (piece is null)
                {
                    return (0, 0);
                }

                while (read < bytes.Length && (count = await ReadAsync(piece.ResponseStream, bytes[read..], cancellationToken)) > 0)
                {
                    read += count;
                }

                // "bytes 0-51/80000"; a server that leaves the header out has sent all of it.
                var total = piece.ContentRange?.Split('/')[^1];
                return (read, long.TryParse(total, out var length) ? length : piece.ContentLength);
            }
            catch (Exception exception) when (S3Errors.IsTrouble(exception, cancellationToken))
            {
                await PauseAsync(exception, failures, cancellationToken);
            }
        }
    }

    // Null where the object ends before.
    private async Task<GetObjectResponse?> OpenAsync(string key, long from, long bytes, CancellationToken cancellationToken)
    {
        var request = new GetObjectRequest { BucketName = _options.Bucket, Key = Key(key), ByteRange = new ByteRange(from, from + bytes - 1) };

        try
        {
            return await CallAsync(() => _client.GetObjectAsync(request, cancellationToken), cancellationToken);
        }
        catch (StorageUnavailableException exception) when (exception.InnerException is AmazonServiceException { StatusCode: HttpStatusCode.RequestedRangeNotSatisfiable })
        {
            return null;
        }
    }

    // The SDK's own time-out ends with the headers.
    private async Task<int> ReadAsync(Stream body, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_options.Timeout);
        return await body.ReadAsync(buffer, patience.Token);
    }

    // Requests that were refused have been repeated by the SDK and are not trouble any more when they come here.
    private async Task PauseAsync(Exception exception, int failures, CancellationToken cancellationToken)
    {
        if (failures >= _options.Attempts)
        {
            throw S3Errors.Unavailable(exception, _options);
        }

        await Task.Delay(TimeSpan.FromMilliseconds(100 << failures), cancellationToken);
    }
}
