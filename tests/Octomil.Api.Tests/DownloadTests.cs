using System.Net;
using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class DownloadTests(ApiServer server)
{
    private const string Path = "/models/m/versions/1.0.0/download";

    [Fact]
    public async Task Download_HasTheBytesAndTheirHashAsTag()
    {
        var (admin, file) = await PushedAsync("Downloads whole");

        var answer = await admin.GetAsync($"{Path}?format=safetensors");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(file, answer.Body);
        Assert.Equal($"\"{TestWeights.Sha256(file)}\"", answer.Headers.ETag?.ToString());
        Assert.Equal("bytes", answer.Headers.AcceptRanges.Single());
        Assert.Equal("m-1.0.0.safetensors", answer.ContentHeaders.ContentDisposition?.FileName);
        var head = await admin.SendAsync(HttpMethod.Head, Path, null);
        Assert.Equal((HttpStatusCode.OK, file.Length, 0), (head.Status, (int)head.ContentHeaders.ContentLength!, head.Body.Length));
    }

    [Fact]
    public async Task Download_OfWhatTheCallerHas_Is304WithoutABody()
    {
        var (admin, file) = await PushedAsync("Downloads again");

        var same = await admin.GetAsync(Path, ("If-None-Match", $"\"{TestWeights.Sha256(file)}\""));
        var other = await admin.GetAsync(Path, ("If-None-Match", "\"another\""));

        Assert.Equal((HttpStatusCode.NotModified, 0), (same.Status, same.Body.Length));
        Assert.Equal((HttpStatusCode.OK, file.Length), (other.Status, other.Body.Length));
    }

    [Fact]
    public async Task Download_OfARange_Is206WithThosePartsAlone()
    {
        var (admin, file) = await PushedAsync("Downloads parts");
        var tag = $"\"{TestWeights.Sha256(file)}\"";

        foreach (var (range, from, to) in ((string, int, int)[])[("bytes=5-9", 5, 10), ("bytes=10-", 10, file.Length), ("bytes=-4", file.Length - 4, file.Length)])
        {
            var part = await admin.GetAsync(Path, ("Range", range), ("If-Range", tag));
            Assert.Equal(HttpStatusCode.PartialContent, part.Status);
            Assert.Equal(file[from..to], part.Body);
            Assert.Equal(((long?)from, (long?)file.Length), (part.ContentHeaders.ContentRange?.From, part.ContentHeaders.ContentRange?.Length));
        }

        var changed = await admin.GetAsync(Path, ("Range", "bytes=5-9"), ("If-Range", "\"another\""));
        Assert.Equal((HttpStatusCode.OK, file.Length), (changed.Status, changed.Body.Length));
    }

    [Fact]
    public async Task Download_OfARangeOutsideTheFile_Is416AndSaysHowLongItIs()
    {
        var (admin, file) = await PushedAsync("Downloads too far");

        var answer = await admin.GetAsync(Path, ("Range", $"bytes={file.Length}-"));

        answer.Refused(416, ErrorCodes.InvalidRequest);
        Assert.Equal(file.Length, answer.ContentHeaders.ContentRange?.Length);
    }

    [Fact]
    public async Task Download_OfWhatIsNotThere_IsRefused()
    {
        var (admin, _) = await PushedAsync("Downloads nothing");

        (await admin.GetAsync("/models/m/versions/9.0.0/download")).Refused(404, ErrorCodes.NotFound);
        (await admin.GetAsync("/models/m/versions/1.0.0+run_0123456789abcdef/download")).Refused(404, ErrorCodes.NotFound);
        (await admin.GetAsync($"{Path}?format=numpy")).Refused(400, ErrorCodes.UnsupportedFormat);
    }

    [Fact]
    public async Task DownloadUrl_IsFetchedWithoutAKey()
    {
        var (admin, file) = await PushedAsync("Downloads by URL");
        var url = new Uri((await admin.GetAsync("/models/m/versions/1.0.0/download-url")).Ok().Text("url"));

        Assert.Equal(server.Address.Authority, url.Authority);
        var answer = await server.Anonymous.GetAsync(url.PathAndQuery);
        Assert.Equal(file, answer.Body);
        (await server.Anonymous.GetAsync($"{url.PathAndQuery[..^2]}AA")).Refused(404, ErrorCodes.NotFound);
        (await server.Anonymous.GetAsync("/downloads/forged")).Refused(404, ErrorCodes.NotFound);
    }

    private async Task<(ApiCaller Admin, byte[] File)> PushedAsync(string name)
    {
        var admin = await server.OrganizationAsync(name);
        await admin.PushAsync("m", await TestWeights.FileAsync(1));
        var file = (await admin.GetAsync(Path)).Body;
        Assert.All(TestWeights.Trained(file), value => Assert.Equal(1, value));
        return (admin, file);
    }
}
