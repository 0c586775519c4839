using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Octomil.Learning.Weights;
using Octomil.Storage.S3;
using Xunit;

namespace Octomil.EndToEnd.Storage;

/// <summary>The whole server with its payloads in a bucket.</summary>
public sealed class S3Tests
{
    private const int Devices = 3;
    private const int Rounds = 4;

    private static readonly WeightsLayout Layout = ScriptedDevice.LayoutOf(200_000);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_OnABucketWithTheServerKilled_GivesTheSameWeightsAsOnAFolder()
    {
        await using var swift = await StartSwiftAsync();
        await using var onFolder = new ServerProcess();
        await using var onBucket = await OnBucketAsync(swift, "octomil");
        var calm = await RunAsync(onFolder, kill: false);
        var disturbed = await RunAsync(onBucket, kill: true);
        Assert.Equal(calm, disturbed);

        // Nothing of a payload is in the data folder, but what was read from the bucket, and the keys of rounds that are over are gone.
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(onBucket.DataFolder, "payloads", "weights")));
        await onBucket.UntilAsync(
            () => Task.FromResult(Directory.GetFileSystemEntries(Path.Combine(onBucket.DataFolder, "payloads", "rounds")).Length == 0), "the rounds to be over", Cancellation);
    }

    [Fact]
    public async Task Download_FromABucket_TakesRangesAndSaysWhenTheBucketIsAway()
    {
        await using var swift = await StartSwiftAsync();
        await using var server = await OnBucketAsync(swift, "downloads");
        await server.StartAsync(Cancellation);
        using var tenant = await Tenant.CreateAsync(server, Cancellation);
        await tenant.PushAsync(Layout, Cancellation);
        EmptyCache(server);

        using var whole = await GetAsync(tenant, null);
        var bytes = await whole.Content.ReadAsByteArrayAsync(Cancellation);
        Assert.Equal($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\"", whole.Headers.ETag!.Tag);
        using var part = await GetAsync(tenant, new RangeHeaderValue(1000, 1999));
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal(bytes[1000..2000], await part.Content.ReadAsByteArrayAsync(Cancellation));

        await swift.StopAsync();
        EmptyCache(server);
        using var away = await GetAsync(tenant, null);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, away.StatusCode);
        Assert.NotNull(away.Headers.RetryAfter);
        using var health = await server.Http.GetAsync("/health/ready", Cancellation);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        var reasons = (await health.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("reasons");
        Assert.Contains("downloads", reasons.GetProperty("storage").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithASettingThatCannotBe_EndsWithOneLineThatNamesIt()
    {
        await using var server = new ServerProcess(null, ("Octomil__Storage__S3__Endpoint", "https://s3.example.org"));
        server.Launch();

        await server.UntilAsync(() => Task.FromResult(server.Process.Log().Contains("Octomil:Storage:S3:Bucket is missing", StringComparison.Ordinal)), "the reason", Cancellation);
        Assert.DoesNotContain("   at ", server.Process.Log(), StringComparison.Ordinal);
    }

    private static async Task<SwiftServer> StartSwiftAsync()
    {
        var swift = new SwiftServer();
        await swift.InitializeAsync();
        return swift;
    }

    private static async Task<ServerProcess> OnBucketAsync(SwiftServer swift, string bucket)
    {
        await swift.CreateBucketAsync(bucket);
        return new ServerProcess(
            null,
            ("Octomil__Storage__S3__Bucket", bucket),
            ("Octomil__Storage__S3__Endpoint", swift.Endpoint),
            ("Octomil__Storage__S3__PathStyle", "true"),
            ("Octomil__Storage__S3__Attempts", "2"),
            ("AWS_ACCESS_KEY_ID", SwiftServer.AccessKey),
            ("AWS_SECRET_ACCESS_KEY", SwiftServer.SecretKey));
    }

    private static async Task<string> RunAsync(ServerProcess server, bool kill)
    {
        await server.StartAsync(Cancellation);
        using var tenant = await Tenant.CreateAsync(server, Cancellation);
        await tenant.PushAsync(Layout, Cancellation);
        var devices = await ScriptedDevice.RegisterAsync(tenant, Layout, Devices, Cancellation);
        await tenant.StartRunAsync(Cancellation, ("rounds", Rounds), ("min_devices", Devices), ("min_updates", Devices));

        for (var round = 1; round <= Rounds; round++)
        {
            var roundId = (await Task.WhenAll(devices.Select(device => device.RoundAsync(round, Cancellation))))[0];
            Assert.Equal(HttpStatusCode.OK, (await devices[0].PutAsync(roundId, round, Cancellation)).Status);

            if (kill)
            {
                await server.KillAsync();
                await server.StartAsync(Cancellation);
            }

            foreach (var device in devices[1..])
            {
                Assert.Equal(HttpStatusCode.OK, (await device.PutAsync(roundId, round, Cancellation)).Status);
            }
        }

        return await tenant.CompletedAsync(Cancellation);
    }

    private static async Task<HttpResponseMessage> GetAsync(Tenant tenant, RangeHeaderValue? range)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/models/{Tenant.Model}/versions/1.0.0/download") { Headers = { Range = range } };
        return await tenant.Http.SendAsync(request, Cancellation);
    }

    private static void EmptyCache(ServerProcess server)
    {
        foreach (var file in Directory.GetFiles(Path.Combine(server.DataFolder, "cache")))
        {
            File.Delete(file);
        }
    }
}
