using System.Runtime.CompilerServices;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Options;

namespace Octomil.Storage.S3;

/// <summary>An object of the bucket, its name without the prefix.</summary>
internal sealed record S3Item(string Key, long Bytes, DateTimeOffset StoredAt);

/// <summary>
/// Objects of one bucket, their names after the prefix. Asks nothing of the server that some lack: no conditional writes, no signed
/// chunks, no trailing checksums, no deletion of several at once. Every call throws <see cref="StorageUnavailableException"/> after
/// the last attempt.
/// </summary>
internal sealed partial class S3Bucket : IDisposable
{
    private readonly S3Options _options;
    private readonly AmazonS3Client _client;

    public S3Bucket(IOptions<S3Options> options)
    {
        _options = options.Value;
        var config = new AmazonS3Config
        {
            ForcePathStyle = _options.PathStyle,
            MaxErrorRetry = _options.Attempts - 1,
            RetryMode = RequestRetryMode.Standard,
            Timeout = _options.Timeout,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };

        if (string.IsNullOrEmpty(_options.Endpoint))
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(_options.Region);
        }
        else
        {
            (config.ServiceURL, config.AuthenticationRegion) = (_options.Endpoint, _options.Region);
        }

        _client = new AmazonS3Client(config);
    }

    /// <summary>One request that finds out whether the bucket is there and the credentials are good.</summary>
    public Task ProbeAsync(CancellationToken cancellationToken) => CallAsync(
        () => _client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = _options.Bucket, Prefix = Key("probe"), MaxKeys = 1 }, cancellationToken),
        cancellationToken);

    /// <summary>Null where there is none.</summary>
    public async Task<S3Item?> FindAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            var found = await CallAsync(
                () => _client.GetObjectMetadataAsync(new GetObjectMetadataRequest { BucketName = _options.Bucket, Key = Key(key) }, cancellationToken),
                cancellationToken);
            return new S3Item(key, found.ContentLength, Time(found.LastModified));
        }
        catch (PayloadMissingException)
        {
            return null;
        }
    }

    public async Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            await CallAsync(
                () => _client.DeleteObjectAsync(new DeleteObjectRequest { BucketName = _options.Bucket, Key = Key(key) }, cancellationToken), cancellationToken);
        }
        catch (PayloadMissingException)
        {
            // Deleting again is the same; not every server says so.
        }
    }

    /// <summary>Makes it as new as if it were stored now, by copying it onto itself. Null where there is none.</summary>
    public async Task<S3Item?> RenewAsync(string key, CancellationToken cancellationToken)
    {
        try
        {
            // The server refuses a copy onto itself that changes nothing.
            var copy = new CopyObjectRequest
            {
                SourceBucket = _options.Bucket,
                SourceKey = Key(key),
                DestinationBucket = _options.Bucket,
                DestinationKey = Key(key),
                MetadataDirective = S3MetadataDirective.REPLACE,
                ContentType = ContentType,
            };
            await CallAsync(() => _client.CopyObjectAsync(copy, cancellationToken), cancellationToken);
            return await FindAsync(key, cancellationToken);
        }
        catch (PayloadMissingException)
        {
            return null;
        }
    }

    /// <summary>Objects whose names begin so.</summary>
    public async IAsyncEnumerable<S3Item> ListAsync(string start, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = _options.Bucket, Prefix = Key(start) };

        do
        {
            var page = await CallAsync(() => _client.ListObjectsV2Async(request, cancellationToken), cancellationToken);

            foreach (var found in page.S3Objects ?? [])
            {
                yield return new S3Item(found.Key[_options.Prefix.Length..], found.Size ?? 0, Time(found.LastModified));
            }

            request.ContinuationToken = page.NextContinuationToken;
        }
        while (request.ContinuationToken is not null);
    }

    /// <summary>Names of the folders in a folder, whose own name ends in a slash.</summary>
    public async IAsyncEnumerable<string> ListFoldersAsync(string folder, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = new ListObjectsV2Request { BucketName = _options.Bucket, Prefix = Key(folder), Delimiter = "/" };

        do
        {
            var page = await CallAsync(() => _client.ListObjectsV2Async(request, cancellationToken), cancellationToken);

            foreach (var found in page.CommonPrefixes ?? [])
            {
                yield return found[Key(folder).Length..].TrimEnd('/');
            }

            request.ContinuationToken = page.NextContinuationToken;
        }
        while (request.ContinuationToken is not null);
    }

    public void Dispose() => _client.Dispose();

    private string Key(string key) => _options.Prefix + key;

    // Servers say it in UTC; the SDK may give it in local time.
    private static DateTimeOffset Time(DateTime? time) => time is { } known ? new DateTimeOffset(known.ToUniversalTime()) : DateTimeOffset.MaxValue;

    private async Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call();
        }
        catch (AmazonServiceException exception) when (S3Errors.IsMissing(exception))
        {
            throw new PayloadMissingException("The bucket has no such object.", exception);
        }
        catch (Exception exception) when (S3Errors.IsTrouble(exception, cancellationToken))
        {
            throw S3Errors.Unavailable(exception, _options);
        }
    }
}
