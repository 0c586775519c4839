using Amazon.Runtime;
using Amazon.S3.Model;

namespace Octomil.Storage.S3;

/// <summary>Writing objects. A large one goes up in parts and appears when the last is there; parts of one that failed are removed.</summary>
internal sealed partial class S3Bucket
{
    private const string ContentType = "application/octet-stream";
    private const int PartsAtATime = 3;

    /// <summary>Puts a file's bytes there, also where there is an object already.</summary>
    public async Task PutAsync(string key, string file, CancellationToken cancellationToken)
    {
        var bytes = new FileInfo(file).Length;

        if (bytes > _options.PartBytes)
        {
            await PutPartsAsync(key, file, bytes, cancellationToken);
            return;
        }

        var request = new PutObjectRequest
        {
            BucketName = _options.Bucket, Key = Key(key), FilePath = file, ContentType = ContentType, UseChunkEncoding = false,
        };
        await CallAsync(() => _client.PutObjectAsync(request, cancellationToken), cancellationToken);
    }

    /// <summary>Removes the parts of uploads that began before and have not ended: a crash left them.</summary>
    public async Task<int> AbortUploadsAsync(DateTimeOffset begunBefore, CancellationToken cancellationToken)
    {
        var request = new ListMultipartUploadsRequest { BucketName = _options.Bucket, Prefix = _options.Prefix };
        var aborted = 0;

        while (true)
        {
            var page = await CallAsync(() => _client.ListMultipartUploadsAsync(request, cancellationToken), cancellationToken);

            foreach (var upload in (page.MultipartUploads ?? []).Where(upload => Time(upload.Initiated) < begunBefore))
            {
                await AbortAsync(upload.Key, upload.UploadId, cancellationToken);
                aborted++;
            }

            if (page.IsTruncated is not true)
            {
                return aborted;
            }

            (request.KeyMarker, request.UploadIdMarker) = (page.NextKeyMarker, page.NextUploadIdMarker);
        }
    }

    private async Task PutPartsAsync(string key, string file, long bytes, CancellationToken cancellationToken)
    {
        var begin = new InitiateMultipartUploadRequest { BucketName = _options.Bucket, Key = Key(key), ContentType = ContentType };
        var upload = (await CallAsync(() => _client.InitiateMultipartUploadAsync(begin, cancellationToken), cancellationToken)).UploadId;

        try
        {
            var parts = new PartETag[(bytes + _options.PartBytes - 1) / _options.PartBytes];
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = PartsAtATime, CancellationToken = cancellationToken };
            await Parallel.ForAsync(0, parts.Length, parallel, async (index, token) => parts[index] = await PutPartAsync(key, upload, file, bytes, index, token));
            await CompleteAsync(key, upload, bytes, parts, cancellationToken);
        }
        catch
        {
            await TryAbortAsync(Key(key), upload);
            throw;
        }
    }

    private async Task<PartETag> PutPartAsync(string key, string upload, string file, long bytes, int index, CancellationToken cancellationToken)
    {
        var start = (long)index * _options.PartBytes;
        var request = new UploadPartRequest
        {
            BucketName = _options.Bucket,
            Key = Key(key),
            UploadId = upload,
            PartNumber = index + 1,
            FilePath = file,
            FilePosition = start,
            PartSize = Math.Min(_options.PartBytes, bytes - start),
            UseChunkEncoding = false,
        };
        var part = await CallAsync(() => _client.UploadPartAsync(request, cancellationToken), cancellationToken);
        return new PartETag(index + 1, part.ETag);
    }

    private async Task CompleteAsync(string key, string upload, long bytes, PartETag[] parts, CancellationToken cancellationToken)
    {
        var request = new CompleteMultipartUploadRequest { BucketName = _options.Bucket, Key = Key(key), UploadId = upload, PartETags = [.. parts] };

        try
        {
            await CallAsync(() => _client.CompleteMultipartUploadAsync(request, cancellationToken), cancellationToken);
        }
        catch (StorageUnavailableException exception) when (exception.InnerException is AmazonServiceException { ErrorCode: "NoSuchUpload" })
        {
            // The answer to the first attempt was lost: then the object is there.
            if (await FindAsync(key, cancellationToken) is not { } found || found.Bytes != bytes)
            {
                throw;
            }
        }
    }

    // The caller hears of what failed before; the sweep takes what is left.
    private async Task TryAbortAsync(string fullKey, string upload)
    {
        try
        {
            using var patience = new CancellationTokenSource(_options.Timeout);
            await AbortAsync(fullKey, upload, patience.Token);
        }
        catch (Exception exception) when (exception is StorageUnavailableException or OperationCanceledException)
        {
        }
    }

    private async Task AbortAsync(string fullKey, string upload, CancellationToken cancellationToken)
    {
        var request = new AbortMultipartUploadRequest { BucketName = _options.Bucket, Key = fullKey, UploadId = upload };

        try
        {
            await CallAsync(() => _client.AbortMultipartUploadAsync(request, cancellationToken), cancellationToken);
        }
        catch (StorageUnavailableException exception) when (exception.InnerException is AmazonServiceException { ErrorCode: "NoSuchUpload" })
        {
            // Another server was faster.
        }
    }
}
