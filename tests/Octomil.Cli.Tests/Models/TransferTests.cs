using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Octomil.Models;

public sealed class TransferTests
{
    private const string Upload = "POST /models/mdl_1/versions/upload";

    private static readonly ModelResponse _model = new() { Id = "mdl_1", Name = "radiology-v1" };

    private static readonly byte[] _weights = [.. Enumerable.Range(0, 1_000_000).Select(index => (byte)(index * 31))];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Push_OfAFile_CreatesTheModelAndStreamsTheFile(bool terminal)
    {
        await using var service = await FakeService.StartAsync();
        var form = new Received();
        service.On("POST /models", """{"id":"mdl_1"}""").On(Upload, form.TakeAsync);
        using var octomil = CommandLine.For(service.Address, terminal);
        var path = octomil.FileWith("w.safetensors", _weights);
        var architecture = octomil.FileWith("a.json", "{\n \"kind\": \"mlp\" // why not\n}");

        var ended = (await octomil.RunAsync(
            "push", path, "--model", "radiology-v1", "--version", "1.0.0", "--architecture", architecture, "--description", "first")).Expect(0);

        Assert.Equal(["GET /models/radiology-v1", "POST /models", Upload], service.Calls);
        Assert.Equal("1.0.0", form.Fields["version"]);
        Assert.Equal("first", form.Fields["description"]);
        Assert.Equal("""{"kind":"mlp"}""", form.Fields["architecture"]);
        Assert.Equal(_weights, form.File);
        Assert.Equal("w.safetensors", form.FileName);
        Assert.Equal("Pushed radiology-v1 1.0.0 (mdl_1)\n  safetensors  sha256 abc\n", ended.Out);
    }

    [Fact]
    public async Task Push_OfAnArchitectureAlone_SendsNoFile()
    {
        await using var service = await FakeService.StartAsync();
        var form = new Received();
        service.On("GET /models/radiology-v1", _model).On(Upload, form.TakeAsync);
        using var octomil = CommandLine.For(service);

        (await octomil.RunAsync("push", "--architecture", octomil.FileWith("a.json", "{}"), "--model", "radiology-v1", "--version", "1.0.0")).Expect(0);

        Assert.Null(form.File);
        Assert.Equal(["GET /models/radiology-v1", Upload], service.Calls);
    }

    [Theory]
    [InlineData("push", "--model", "m", "--version", "1.0.0")]
    [InlineData("push", "no-such-file", "--model", "m", "--version", "1.0.0")]
    [InlineData("push", "--architecture", "no-such-file", "--model", "m", "--version", "1.0.0")]
    [InlineData("push", "x", "--model", "m", "--version", "one")]
    [InlineData("push", "x", "--model", "m", "--version", "1.0")]
    [InlineData("push", "x", "--model", "..", "--version", "1.0.0")]
    [InlineData("push", "x", "--version", "1.0.0")]
    [InlineData("pull")]
    [InlineData("pull", "m", "--version", "1.0.0", "--output", "no-such-folder/x")]
    public async Task Transfers_WithAWrongValue_AreRefusedBeforeAnythingIsCalled(params string[] args)
    {
        await using var service = await FakeService.StartAsync();
        using var octomil = CommandLine.For(service);

        (await octomil.RunAsync(args)).Expect(4);

        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task Push_OfAVersionThatExists_ShowsTheReason()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /models/radiology-v1", _model).Refuse(Upload, 409, "version_exists", "Version 1.0.0 exists.");
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync(
            "push", octomil.FileWith("w", _weights), "--model", "radiology-v1", "--version", "1.0.0")).Expect(1);

        Assert.StartsWith("error: Version 1.0.0 exists.\nhint: ", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pull_OfTheLatest_WritesAndVerifiesIt(bool terminal)
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /models/radiology-v1/versions/latest", new LatestVersionResponse { Version = "2.0.0" })
            .On("GET /models/radiology-v1/versions/2.0.0/download", Download(_weights, Sha256(_weights)));
        using var octomil = CommandLine.For(service.Address, terminal);
        var target = Path.Combine(octomil.Home, "out.safetensors");

        var ended = (await octomil.RunAsync("pull", "radiology-v1", "--output", target)).Expect(0);

        Assert.Equal($"Pulled radiology-v1 2.0.0 to {target} (1.0 MB)\n  sha256 {Sha256(_weights)}\n", ended.Out);
        Assert.Equal(_weights, await File.ReadAllBytesAsync(target, TestContext.Current.CancellationToken));
        Assert.Equal("GET /models/radiology-v1/versions/2.0.0/download?format=safetensors", service.Calls.Last());
    }

    [Fact]
    public async Task Pull_OfDamagedBytes_KeepsNothing()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /models/m/versions/1.0.0/download", Download(_weights, Sha256([1, 2, 3])));
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("pull", "m", "--version", "1.0.0", "--output", Path.Combine(octomil.Home, "x"))).Expect(1);

        Assert.StartsWith("error: The download is damaged", ended.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(octomil.Home));
    }

    [Fact]
    public async Task Pull_ThatBreaksOff_KeepsNothing()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /models/m/versions/1.0.0/download", async context =>
        {
            context.Response.ContentLength = _weights.Length;
            await context.Response.Body.WriteAsync(_weights.AsMemory(0, 1000));
            await context.Response.Body.FlushAsync();
            context.Abort();
        });
        using var octomil = CommandLine.For(service);

        (await octomil.RunAsync("pull", "m", "--version", "1.0.0", "--output", Path.Combine(octomil.Home, "x"))).Expect(2);

        Assert.Empty(Directory.EnumerateFiles(octomil.Home));
    }

    [Fact]
    public async Task Pull_OfAFormatTheServiceRefuses_ShowsTheReason()
    {
        await using var service = await FakeService.StartAsync();
        service.Refuse("GET /models/m/versions/1.0.0/download", 422, "unsupported_format", "onnx is not supported yet.");
        using var octomil = CommandLine.For(service);

        Assert.Equal("error: onnx is not supported yet.\n", (await octomil.RunAsync("pull", "m", "--version", "1.0.0", "--format", "onnx")).Expect(1).Error);
    }

    [Fact]
    public async Task Pull_AsJson_SaysWhereTheFileIs()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /models/m/versions/1.0.0/download", Download(_weights, Sha256(_weights)));
        using var octomil = CommandLine.For(service);

        var ended = (await octomil.RunAsync("pull", "m", "--version", "1.0.0", "--json", "--output", Path.Combine(octomil.Home, "x"))).Expect(0);

        var json = JsonDocument.Parse(ended.Out).RootElement;
        Assert.Equal(Sha256(_weights), json.GetProperty("sha256").GetString());
        Assert.True(json.GetProperty("verified").GetBoolean());
    }

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static RequestDelegate Download(byte[] bytes, string sha256) => async context =>
    {
        context.Response.Headers.ETag = $"\"{sha256}\"";
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes);
    };

    private sealed class Received
    {
        public Dictionary<string, string> Fields { get; private set; } = [];
        public byte[]? File { get; private set; }
        public string? FileName { get; private set; }

        public async Task TakeAsync(HttpContext context)
        {
            var form = await context.Request.ReadFormAsync();
            Fields = form.ToDictionary(field => field.Key, field => field.Value.ToString());
            if (form.Files.GetFile("file") is { } file)
            {
                using var copy = new MemoryStream();
                await file.CopyToAsync(copy);
                (File, FileName) = (copy.ToArray(), file.FileName);
            }

            await FakeService.WriteJsonAsync(context, new UploadVersionResponse
            {
                ModelId = "mdl_1", Version = Fields["version"], Formats = new Dictionary<string, string>(),
                Checksums = new Dictionary<string, string> { ["safetensors"] = "abc" },
            });
        }
    }
}
