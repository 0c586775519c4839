using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Options;
using Octomil.Storage.Payloads;

namespace Octomil.Storage.S3;

/// <summary>A bucket of its own on the server, and a payload store on it and on a data folder of its own.</summary>
internal sealed class TestBucket : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("octomil-").FullName;
    private readonly DataFolder _folder;
    private readonly S3Bucket _bucket;

    private TestBucket(SwiftServer server, Action<S3Options>? configure)
    {
        Name = $"octomil-{Guid.NewGuid():n}";
        var options = new S3Options { Bucket = Name, Endpoint = server.Endpoint, PathStyle = true, Prefix = "some/prefix/", PartBytes = 5 << 20, Timeout = TimeSpan.FromSeconds(60) };
        configure?.Invoke(options);
        _folder = new DataFolder(Options.Create(new StorageOptions { DataFolder = _root }));
        _folder.Open();
        _bucket = new S3Bucket(Options.Create(options));
        Keys = new FolderPayloads(_folder, TimeProvider.System);
        Payloads = new S3Payloads(_bucket, new WeightsCache(_folder, Options.Create(options), TimeProvider.System), Keys);
        Client = new AmazonS3Client(
            new BasicAWSCredentials(SwiftServer.AccessKey, SwiftServer.SecretKey),
            new AmazonS3Config { ServiceURL = server.Endpoint, ForcePathStyle = true, AuthenticationRegion = "us-east-1", RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED });
        Settings = options;
    }

    public string Name { get; }

    public S3Options Settings { get; }

    public S3Payloads Payloads { get; }

    public FolderPayloads Keys { get; }

    public AmazonS3Client Client { get; }

    public static async Task<TestBucket> CreateAsync(SwiftServer server, Action<S3Options>? configure = null, bool open = true)
    {
        // The SDK's usual way to find credentials.
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", SwiftServer.AccessKey);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", SwiftServer.SecretKey);
        return await CreateWithCurrentCredentialsAsync(server, configure, open);
    }

    public static async Task<TestBucket> CreateWithCurrentCredentialsAsync(SwiftServer server, Action<S3Options>? configure = null, bool open = false)
    {
        var bucket = new TestBucket(server, configure);
        await bucket.Client.PutBucketAsync(new PutBucketRequest { BucketName = bucket.Name });

        if (open)
        {
            await bucket.Payloads.OpenAsync(CancellationToken.None);
        }

        return bucket;
    }

    public async Task<List<string>> KeysAsync() =>
        [.. ((await Client.ListObjectsV2Async(new ListObjectsV2Request { BucketName = Name })).S3Objects ?? []).Select(item => item.Key)];

    public async Task<byte[]> ReadAsync(string key)
    {
        using var found = await Client.GetObjectAsync(Name, key);
        using var bytes = new MemoryStream();
        await found.ResponseStream.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    public Task WriteAsync(string key, byte[] bytes) => Client.PutObjectAsync(new PutObjectRequest
    {
        BucketName = Name, Key = key, InputStream = new MemoryStream(bytes), UseChunkEncoding = false,
    });

    /// <summary>What was read before is fetched again.</summary>
    public void EmptyCache()
    {
        foreach (var file in Directory.GetFiles(Path.Combine(_root, "cache")))
        {
            File.Delete(file);
        }
    }

    public string[] TemporaryFiles() => Directory.GetFiles(Path.Combine(_root, "cache", "tmp"));

    public void Dispose()
    {
        Client.Dispose();
        _bucket.Dispose();
        _folder.Dispose();
        Directory.Delete(_root, recursive: true);
    }
}
