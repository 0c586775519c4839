using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Octomil.Client.Tests.Fakes;
using Octomil.Client.Tests.Training;
using Octomil.Client.Versions;
using Octomil.Deployments;
using Octomil.Devices;
using Xunit;

namespace Octomil.Client.Tests.Versions;

public sealed class VersionFollowerTests : IDisposable
{
    private const string ModelId = "mdl_00000001";

    private readonly TestFolder _folder = new();
    private readonly Dictionary<string, FakeWeights> _files = new()
    {
        ["1.0.0"] = FakeWeights.Of([.. Enumerable.Range(0, 100_000).Select(index => (float)index)]),
        ["2.0.0"] = FakeWeights.Of(4, 5, 6),
        ["3.0.0"] = FakeWeights.Of(7, 8, 9),
    };

    [Fact]
    public async Task Versions_OfHelloPushAndHeartbeat_AreDownloadedVerifiedAndReported()
    {
        await using var bench = await StartAsync();
        bench.Service.Versions.Add(Assigned("1.0.0"));
        await bench.RunAsync();
        await bench.LineAsync("Version 1.0.0 of mdl_00000001 runs now");
        Assert.Equal(("1.0.0", "active"), await ReportAsync(bench, "1.0.0"));

        await bench.Service.Devices.VersionAssigned(ModelId, "2.0.0", _files["2.0.0"].Sha256);
        await bench.LineAsync("Version 2.0.0 of mdl_00000001 runs now");
        Assert.Equal(("2.0.0", "active"), await ReportAsync(bench, "2.0.0"));

        var store = bench.Client.Versions!;
        Assert.Equal(("2.0.0", "radiology-v1"), (store.GetCurrent(ModelId)!.Version, store.GetCurrent("radiology-v1")!.Model));
        Assert.Equal(_files["2.0.0"].File, await File.ReadAllBytesAsync(store.GetCurrent(ModelId)!.File, TestContext.Current.CancellationToken));
        Assert.Equal("1.0.0", store.GetPrevious(ModelId)!.Version);

        // A heartbeat says it to a device that missed the push; the oldest file goes.
        bench.Service.Versions[0] = Assigned("3.0.0");
        await bench.Clock.PassAsync(TimeSpan.FromSeconds(30));
        await bench.LineAsync("Version 3.0.0 of mdl_00000001 runs now");
        Assert.Equal(("3.0.0", "active"), await ReportAsync(bench, "3.0.0"));
        Assert.Equal(2, Directory.GetFiles(Path.Combine(_folder.Path, ModelId), "*.safetensors").Length);
    }

    [Fact]
    public async Task Download_ThatBreaks_GoesOnWhereItBroke_AlsoAfterARestart()
    {
        var (file, half) = (_files["1.0.0"].File, _files["1.0.0"].File.Length / 2);
        Directory.CreateDirectory(_folder[ModelId]);
        await File.WriteAllBytesAsync(Path.Combine(_folder[ModelId], _files["1.0.0"].Sha256 + ".part"), file[..1000], TestContext.Current.CancellationToken);
        await using var bench = await StartAsync();
        bench.Service.Versions.Add(Assigned("1.0.0"));
        bench.Service.OnVersion = async (context, number) =>
        {
            if (number > 1)
            {
                return Answer(context, "1.0.0");
            }

            context.Response.StatusCode = StatusCodes.Status206PartialContent;
            context.Response.Headers.ContentRange = $"bytes 1000-{file.Length - 1}/{file.Length}";
            context.Response.ContentLength = file.Length - 1000;
            await context.Response.Body.WriteAsync(file.AsMemory(1000, half - 1000));
            await context.Response.Body.FlushAsync();
            context.Abort();
            return Results.Empty;
        };

        await bench.RunAsync();
        Assert.Equal("bytes=1000-", (await bench.Service.CallAsync("GET /api/v1/models")).Range);
        await bench.LineAsync("Going on in");
        bench.Clock.Advance(TimeSpan.FromSeconds(1));

        await bench.LineAsync("runs now");
        var second = (await bench.Service.CallAsync("GET /api/v1/models")).Range!;
        Assert.InRange(int.Parse(second["bytes=".Length..^1], System.Globalization.CultureInfo.InvariantCulture), 1000, half);
        Assert.Equal(file, await File.ReadAllBytesAsync(bench.Client.Versions!.GetCurrent(ModelId)!.File, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Payload_ThatIsCorrupted_IsReportedAndNotActivated()
    {
        await using var bench = await StartAsync();
        bench.Service.Versions.Add(Assigned("2.0.0"));
        await bench.RunAsync();
        Assert.Equal(("2.0.0", "active"), await ReportAsync(bench, "2.0.0"));

        bench.Service.OnVersion = (_, _) => Task.FromResult(Results.File(new byte[100], "application/octet-stream"));
        await bench.Service.Devices.VersionAssigned(ModelId, "3.0.0", _files["3.0.0"].Sha256);

        Assert.Equal(("3.0.0", "failed"), await ReportAsync(bench, "3.0.0"));
        Assert.Equal("2.0.0", bench.Client.Versions!.GetCurrent(ModelId)!.Version);
        Assert.Empty(Directory.GetFiles(Path.Combine(_folder.Path, ModelId), "*.part"));
        Assert.False(bench.Running.IsCompleted);
    }

    [Fact]
    public async Task Version_ThatTheProgramRefuses_IsReportedAndNotActivated()
    {
        await using var bench = await StartAsync(options => options.VersionActivating = (version, _) =>
            version.Version == "2.0.0" ? Task.CompletedTask : throw new InvalidDataException("This program has no such layer."));
        bench.Service.Versions.Add(Assigned("2.0.0"));
        await bench.RunAsync();
        Assert.Equal(("2.0.0", "active"), await ReportAsync(bench, "2.0.0"));

        await bench.Service.Devices.VersionAssigned(ModelId, "3.0.0", _files["3.0.0"].Sha256);

        Assert.Equal(("3.0.0", "failed"), await ReportAsync(bench, "3.0.0"));
        Assert.Equal("2.0.0", bench.Client.Versions!.GetCurrent(ModelId)!.Version);
    }

    [Fact]
    public async Task RollBack_Offline_KeepsThePreviousVersion_UntilAnotherIsAssigned()
    {
        await using var bench = await StartAsync();
        bench.Service.Versions.Add(Assigned("1.0.0"));
        await bench.RunAsync();
        Assert.Equal(("1.0.0", "active"), await ReportAsync(bench, "1.0.0"));
        await bench.Service.Devices.VersionAssigned(ModelId, "2.0.0", _files["2.0.0"].Sha256);
        Assert.Equal(("2.0.0", "active"), await ReportAsync(bench, "2.0.0"));

        Assert.Equal("1.0.0", bench.Client.Versions!.RollBack("radiology-v1")!.Version);
        Assert.Null(bench.Client.Versions.RollBack(ModelId));

        await bench.Service.Devices.VersionAssigned(ModelId, "2.0.0", _files["2.0.0"].Sha256);
        Assert.Equal(("2.0.0", "failed"), await ReportAsync(bench, "2.0.0"));
        Assert.Equal("1.0.0", new VersionStore(_folder.Path).GetCurrent(ModelId)!.Version);

        await bench.Service.Devices.VersionAssigned(ModelId, "3.0.0", _files["3.0.0"].Sha256);
        Assert.Equal(("3.0.0", "active"), await ReportAsync(bench, "3.0.0"));
    }

    [Fact]
    public async Task Reject_OfAVersionThatDoesNotLoad_IsReported_AlsoWithoutAPreviousOne()
    {
        await using var bench = await StartAsync();
        bench.Service.Versions.Add(Assigned("1.0.0"));
        await bench.RunAsync();
        Assert.Equal(("1.0.0", "active"), await ReportAsync(bench, "1.0.0"));
        var (store, first) = (bench.Client.Versions!, bench.Client.Versions!.GetCurrent(ModelId)!);

        store.Reject(first with { Version = "0.9.0" });
        Assert.Equal(first, store.GetCurrent(ModelId));
        store.Reject(first);

        Assert.Null(store.GetCurrent(ModelId));
        await bench.Clock.PassAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(("1.0.0", "failed"), await ReportAsync(bench, "1.0.0"));
    }

    [Theory]
    [InlineData("../../etc", null)]
    [InlineData("mdl_00000001", "../../passwd")]
    public async Task Names_ThatLeaveTheFolder_AreRefused(string modelId, string? sha256)
    {
        await using var bench = await StartAsync();
        await bench.RunAsync();

        await bench.Service.Devices.VersionAssigned(modelId, "1.0.0", sha256 ?? _files["1.0.0"].Sha256);

        await bench.LineAsync("not well-formed");
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    public void Dispose() => _folder.Dispose();

    private AssignedVersion Assigned(string version) =>
        new() { ModelId = ModelId, Model = "radiology-v1", Version = version, Sha256 = _files[version].Sha256, Bytes = _files[version].File.Length };

    private IResult Answer(HttpContext context, string version) => Results.File(
        _files[version].File, "application/octet-stream", entityTag: new EntityTagHeaderValue($"\"{_files[version].Sha256}\""), enableRangeProcessing: true);

    private async Task<Bench> StartAsync(Action<FederatedClientOptions>? configure = null)
    {
        var bench = await Bench.StartAsync(configure: options =>
        {
            options.VersionFolder = _folder.Path;
            configure?.Invoke(options);
        });
        bench.Service.OnVersion = (context, _) => Task.FromResult(Answer(context, context.Request.Path.Value!.Split('/')[6]));
        return bench;
    }

    // A report that a clock which was moved on cut off is sent again: only the version's own counts.
    private static async Task<(string Version, string Status)> ReportAsync(Bench bench, string version)
    {
        var call = await bench.Service.Calls.NextAsync(
            call => call.What == "POST /api/v1/devices/dev_0000000000000001/versions" && Read(call).Version == version, $"a report on {version}");
        return (version, Read(call).Status);
    }

    private static VersionReportMessage Read(RecordedCall call) => JsonSerializer.Deserialize<VersionReportMessage>(call.Body, ContractJson.Options)!;
}
