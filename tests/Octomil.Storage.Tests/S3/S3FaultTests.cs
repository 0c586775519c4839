using System.Security.Cryptography;
using Amazon.S3.Model;
using Octomil.Training;
using Xunit;

namespace Octomil.Storage.S3;

/// <summary>A bucket whose server, or the way to it, does what it should not.</summary>
[Collection(WithSwift.Name)]
public sealed class S3FaultTests(SwiftServer server) : IDisposable
{
    private const string Round = "rnd_0123456789abcdef";

    private readonly FaultProxy _proxy = new(server.Port);
    private readonly byte[] _bytes = RandomNumberGenerator.GetBytes(3_000_000);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Save_WhereTheServerIsBusyForAMoment_IsRepeated()
    {
        using var bucket = await BehindProxyAsync();
        _proxy.Next(FaultProxy.Fault.SlowDown, 2);
        var weights = await SaveAsync(bucket);

        Assert.Equal(2, _proxy.Faulted);
        Assert.Equal(_bytes, await bucket.ReadAsync($"some/prefix/weights/{weights.Sha256[..2]}/{weights.Sha256}"));
    }

    [Fact]
    public async Task Save_WhereTheServerStaysBusy_IsUnavailableAfterTheAttempts()
    {
        using var bucket = await BehindProxyAsync();
        _proxy.Next(FaultProxy.Fault.SlowDown, 100);
        var thrown = await Assert.ThrowsAsync<StorageUnavailableException>(() => SaveAsync(bucket));

        Assert.Equal(bucket.Settings.Attempts, _proxy.Faulted);
        Assert.Contains("503 SlowDown", thrown.Message, StringComparison.Ordinal);
        Assert.Contains(bucket.Name, thrown.Message, StringComparison.Ordinal);
        Assert.Empty(bucket.TemporaryFiles());
    }

    [Fact]
    public async Task Read_WhereTheServerDoesNotAnswer_IsUnavailable()
    {
        using var bucket = await BehindProxyAsync(options => (options.Timeout, options.Attempts) = (TimeSpan.FromMilliseconds(500), 2));
        _proxy.Next(FaultProxy.Fault.Stall, 100);

        var thrown = await Assert.ThrowsAsync<StorageUnavailableException>(() => bucket.Payloads.OpenWeightsAsync(Unknown(), Cancellation));
        Assert.Contains("0.5 s", thrown.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => bucket.Payloads.ProbeAsync(Cancellation));
    }

    [Fact]
    public async Task Read_OfAnAnswerThatIsCutInTheMiddle_GoesOnWhereItWas()
    {
        using var bucket = await BehindProxyAsync();
        var weights = await SaveAsync(bucket);
        bucket.EmptyCache();
        _proxy.Next(FaultProxy.Fault.CutInTheMiddle, 3);

        await using var stream = await bucket.Payloads.OpenWeightsAsync(weights, Cancellation);
        Assert.Equal(weights.Sha256, Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, Cancellation)));
        Assert.Equal(3, _proxy.Faulted);
    }

    [Fact]
    public async Task Read_OfACheckpointThatIsCutInTheMiddle_GivesTheSums()
    {
        using var bucket = await BehindProxyAsync();
        var (key, sums) = (RandomNumberGenerator.GetBytes(32), Enumerable.Range(0, 400_000).Select(i => (long)i).ToArray());
        var checkpoint = await bucket.Payloads.SaveCheckpointAsync(Round, key, new byte[] { 1 }, new ArraySums(sums), Cancellation);
        _proxy.Next(FaultProxy.Fault.CutInTheMiddle, 2);

        var read = new long[sums.Length];
        await bucket.Payloads.ReadCheckpointAsync(checkpoint, key, null, (offset, values) => values.CopyTo(read.AsSpan((int)offset)), Cancellation);
        Assert.Equal(sums, read);
        Assert.Equal(2, _proxy.Faulted);
    }

    [Fact]
    public async Task Read_OfDamagedWeights_IsRefusedByNameAndNotKept()
    {
        using var bucket = await TestBucket.CreateAsync(server);
        var weights = await SaveAsync(bucket);
        var key = Assert.Single(await bucket.KeysAsync());
        _bytes[1_000_000] ^= 1;
        await bucket.WriteAsync(key, _bytes);
        bucket.EmptyCache();

        for (var time = 0; time < 2; time++)
        {
            var thrown = await Assert.ThrowsAsync<PayloadDamagedException>(() => bucket.Payloads.OpenWeightsAsync(weights, Cancellation));
            Assert.Contains(weights.Sha256, thrown.Message, StringComparison.Ordinal);
        }

        await bucket.WriteAsync(key, _bytes[..1000]);
        await Assert.ThrowsAsync<PayloadDamagedException>(() => bucket.Payloads.OpenWeightsAsync(weights, Cancellation));
        Assert.Empty(bucket.TemporaryFiles());
    }

    [Fact]
    public async Task Read_OfADamagedCheckpoint_IsRefusedByName()
    {
        using var bucket = await TestBucket.CreateAsync(server);
        var key = RandomNumberGenerator.GetBytes(32);
        var checkpoint = await bucket.Payloads.SaveCheckpointAsync(Round, key, new byte[] { 1 }, new ArraySums(new long[100_000]), Cancellation);
        var name = Assert.Single(await bucket.KeysAsync());
        var stored = await bucket.ReadAsync(name);
        stored[500_000] ^= 1;
        await bucket.WriteAsync(name, stored);

        var thrown = await Assert.ThrowsAsync<PayloadDamagedException>(() => bucket.Payloads.ReadCheckpointAsync(checkpoint, key, null, (_, _) => { }, Cancellation));
        Assert.Contains(checkpoint.Name, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithoutTheBucket_IsRefusedByTheSettingsName()
    {
        using var bucket = await TestBucket.CreateAsync(server, options => options.Bucket = "no-such-bucket", open: false);
        var thrown = await Assert.ThrowsAsync<StorageUnavailableException>(() => bucket.Payloads.OpenAsync(Cancellation));

        Assert.Contains("Octomil:Storage:S3:Bucket", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithWrongCredentials_IsRefusedWithoutSayingThem()
    {
        using var right = await TestBucket.CreateAsync(server);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", "not-the-secret");

        try
        {
            using var wrong = await TestBucket.CreateWithCurrentCredentialsAsync(server);
            var thrown = await Assert.ThrowsAsync<StorageUnavailableException>(() => wrong.Payloads.OpenAsync(Cancellation));
            Assert.Contains("AWS_SECRET_ACCESS_KEY", thrown.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("not-the-secret", thrown.ToString(), StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", SwiftServer.SecretKey);
        }
    }

    [Fact]
    public async Task Save_OfPartsThatFail_LeavesNoPartsAndSweepingTakesThoseOfACrash()
    {
        using var bucket = await BehindProxyAsync(options => (options.Attempts, options.Timeout) = (1, TimeSpan.FromSeconds(10)));
        var crashed = await bucket.Client.InitiateMultipartUploadAsync(bucket.Name, "some/prefix/weights/00/left", Cancellation);
        // The first connection is good: it begins the upload, takes a part, and aborts.
        _proxy.Next(FaultProxy.Fault.None, 1);
        _proxy.Next(FaultProxy.Fault.Stall, 100);
        await Assert.ThrowsAsync<StorageUnavailableException>(() => bucket.Payloads.SaveWeightsAsync(
            null, (stream, token) => stream.WriteAsync(new byte[12_000_000], token).AsTask(), Cancellation));
        Assert.True(_proxy.Faulted >= 1);
        _proxy.Clear();

        Assert.Equal([crashed.UploadId], await UploadsAsync(bucket));
        await bucket.Payloads.RemoveLeftoversAsync(DateTimeOffset.UtcNow.AddHours(-1), Cancellation);
        Assert.Single(await UploadsAsync(bucket));
        await bucket.Payloads.RemoveLeftoversAsync(DateTimeOffset.UtcNow.AddHours(1), Cancellation);
        Assert.Empty(await UploadsAsync(bucket));
        Assert.Empty(await bucket.KeysAsync());
    }

    [Fact]
    public async Task KeyHalves_NeverReachTheBucketAndErasingThemNeedsNoBucket()
    {
        using var bucket = await TestBucket.CreateAsync(server);
        await bucket.Keys.TakeHalfAsync(Round, Cancellation);
        Assert.Empty(await bucket.KeysAsync());
        // A round that has nothing but its key is swept too.
        Assert.Equal([Round], await bucket.Payloads.ListRoundsAsync(Cancellation).ToListAsync(Cancellation));

        await bucket.Payloads.DeleteRoundAsync(Round, Cancellation);
        Assert.Null(await bucket.Keys.ReadHalfAsync(Round, Cancellation));
    }

    public void Dispose() => _proxy.Dispose();

    private static async Task<List<string>> UploadsAsync(TestBucket bucket) =>
        [.. ((await bucket.Client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = bucket.Name }, Cancellation)).MultipartUploads ?? []).Select(upload => upload.UploadId)];

    private Task<TestBucket> BehindProxyAsync(Action<S3Options>? configure = null) => TestBucket.CreateAsync(server, options =>
    {
        options.Endpoint = _proxy.Endpoint;
        configure?.Invoke(options);
    });

    private Task<WeightsRef> SaveAsync(TestBucket bucket) =>
        bucket.Payloads.SaveWeightsAsync(null, (stream, token) => stream.WriteAsync(_bytes, token).AsTask(), Cancellation);

    private static WeightsRef Unknown() => new() { Sha256 = new string('0', 64), Bytes = 10 };
}
