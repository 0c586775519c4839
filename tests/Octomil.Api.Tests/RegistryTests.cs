using Octomil.Api.Tests.Fixtures;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.Api.Tests;

/// <summary>What happens to versions after their release, and the formats they can be had in.</summary>
public sealed class RegistryTests(ApiServer server)
{
    private const string Architecture = """
        {"kind": "mlp", "hidden": [3], "output_type": "binary", "output_dim": 1, "target_col": "y", "classes": ["a", "b"],
         "features": [{"name": "x", "type": "number"}, {"name": "z", "type": "number"}], "seed": 1}
        """;

    [Fact]
    public async Task Download_InEachFormat_IsThatFileWithItsChecksumAndInParts()
    {
        var admin = await server.OrganizationAsync("Downloads formats");
        await admin.PushAsync("m", file: null, Architecture);
        var safetensors = await admin.GetAsync("/models/m/versions/1.0.0/download");

        foreach (var (format, name) in new[] { ("pytorch", "m-1.0.0.pt"), ("onnx", "m-1.0.0.onnx") })
        {
            var file = await admin.GetAsync($"/models/m/versions/1.0.0/download?format={format}");

            Assert.Equal($"\"{TestWeights.Sha256(file.Body)}\"", file.Headers.ETag?.Tag);
            Assert.Equal(name, file.ContentHeaders.ContentDisposition?.FileName?.Trim('"'));
            var rest = await admin.GetAsync($"/models/m/versions/1.0.0/download?format={format}", ("Range", "bytes=100-"));
            Assert.Equal(System.Net.HttpStatusCode.PartialContent, rest.Status);
            Assert.Equal(file.Body[100..], rest.Body);
            var version = (await admin.GetAsync("/models/m/versions/1.0.0")).Ok();
            Assert.Equal(TestWeights.Sha256(file.Body), version.GetProperty("checksums").Text(format));
            var url = (await admin.GetAsync($"/models/m/versions/1.0.0/download-url?format={format}")).Ok().Text("url");
            Assert.Equal(file.Body, (await server.Anonymous.GetAsync(new Uri(url).PathAndQuery)).Body);
        }

        Assert.Equal(TestWeights.Trained(safetensors.Body), TestWeights.TrainedInArchive((await admin.GetAsync("/models/m/versions/latest/download?format=pytorch")).Body));
        (await admin.GetAsync("/models/m/versions/1.0.0/download?format=numpy")).Refused(400, ErrorCodes.UnsupportedFormat);
    }

    [Fact]
    public async Task Upload_OfAPyTorchArchive_IsTheSameVersionAsItsSafetensors()
    {
        var admin = await server.OrganizationAsync("Pushes archives");
        var sha256 = TestWeights.Sha256(await TestWeights.FileAsync(2));
        await admin.PushAsync("m", await TestWeights.FileAsync(1));

        var answer = (await admin.UploadAsync("m", "1.1.0", await TestWeights.ArchiveAsync(2))).Ok();

        Assert.Equal(sha256, answer.GetProperty("checksums").Text("safetensors"));
        Assert.Equal(["safetensors", "pytorch"], answer.GetProperty("formats").EnumerateObject().Select(format => format.Name));
        Assert.All(TestWeights.TrainedInArchive((await admin.GetAsync(answer.GetProperty("formats").Text("pytorch"))).Body), value => Assert.Equal(2, value));
        var problem = (await admin.UploadAsync("m", "1.2.0", await TestWeights.ArchiveAsync(1, name: "v"))).Refused(422, ErrorCodes.InvalidWeights);
        Assert.Equal((WeightsErrors.UnknownTensor, "v"), (problem.Text("reason"), problem.Text("tensor")));
        problem = (await admin.UploadAsync("m", "1.2.0", (await TestWeights.ArchiveAsync(1))[..^40])).Refused(422, ErrorCodes.InvalidWeights);
        Assert.Equal(WeightsErrors.Truncated, problem.Text("reason"));
        (await admin.GetAsync("/models/m/versions/1.1.0/download?format=onnx")).Refused(400, ErrorCodes.UnsupportedFormat);
    }

    [Fact]
    public async Task Aliases_StandForVersionsEverywhere()
    {
        var admin = await ThreeVersionsAsync("Has aliases");

        Assert.Equal("1.0.0", (await admin.PutAsync("/models/m/aliases/production", new { version = "1.0.0" })).Ok().GetProperty("aliases").Text("production"));

        Assert.All(TestWeights.Trained((await admin.GetAsync("/models/m/versions/production/download")).Body), value => Assert.Equal(1, value));
        Assert.Equal(["production"], (await admin.GetAsync("/models/m/versions/production")).Ok().List("aliases").Select(alias => alias.GetString()));
        Assert.Equal("3.0.0", (await admin.GetAsync("/models/m/versions/latest")).Ok().Text("version"));
        (await admin.PutAsync("/models/m/aliases/latest", new { version = "production" })).Ok();
        Assert.Equal("1.0.0", (await admin.GetAsync("/models/m/versions/latest")).Ok().Text("version"));
        Assert.Equal("1.0.0", (await admin.GetAsync("/models/m")).Ok().Text("latest_version"));
        (await admin.SendAsync(HttpMethod.Delete, "/models/m/aliases/latest", null)).Ok();
        (await admin.SendAsync(HttpMethod.Delete, "/models/m/aliases/latest", null)).Refused(404, ErrorCodes.NotFound);
        (await admin.PutAsync("/models/m/aliases/1.0.0", new { version = "1.0.0" })).RefusedFor("alias");
        (await admin.PutAsync("/models/m/aliases/production", new { version = "9.0.0" })).Refused(404, ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Deprecate_OfTheNewest_MakesTheOneBeforeTheLatest()
    {
        var admin = await ThreeVersionsAsync("Deprecates");

        var version = (await admin.PostAsync("/models/m/versions/3.0.0/deprecate", new { reason = "wrong data" })).Ok();

        Assert.Equal(("deprecated", "wrong data"), (version.Text("status"), version.Text("deprecation_reason")));
        Assert.Equal("2.0.0", (await admin.GetAsync("/models/m/versions/latest")).Ok().Text("version"));
        Assert.Equal(["2.0.0", "1.0.0"], (await admin.GetAsync("/models/m/versions?status=active")).Ok().List("versions").Select(one => one.Text("version")));
        Assert.Equal(["3.0.0"], (await admin.GetAsync("/models/m/versions?status=deprecated")).Ok().List("versions").Select(one => one.Text("version")));
        (await admin.PutAsync("/models/m/aliases/production", new { version = "3.0.0" })).Refused(409, ErrorCodes.VersionDeprecated);
        (await admin.PostAsync("/models/m/versions/3.0.0/deprecate", new { reason = " " })).RefusedFor("reason");
        Assert.Equal("active", (await admin.PostAsync("/models/m/versions/3.0.0/reinstate")).Ok().Text("status"));
        Assert.Equal("3.0.0", (await admin.GetAsync("/models/m/versions/latest")).Ok().Text("version"));
    }

    [Fact]
    public async Task Delete_OfAVersion_IsRefusedWhileSomethingUsesItAndNeverGivesItsNameAgain()
    {
        var admin = await ThreeVersionsAsync("Deletes");
        (await admin.PutAsync("/models/m/aliases/production", new { version = "1.0.0" })).Ok();

        var problem = (await DeleteAsync("1.0.0")).Refused(409, ErrorCodes.VersionInUse);
        Assert.Contains("production", problem.Text("detail"), StringComparison.Ordinal);
        (await DeleteAsync("3.0.0")).Refused(409, ErrorCodes.VersionInUse);
        Assert.Equal("deleted", (await DeleteAsync("2.0.0")).Ok().Text("status"));
        (await DeleteAsync("2.0.0")).Ok();

        (await admin.GetAsync("/models/m/versions/2.0.0/download")).Refused(404, ErrorCodes.NotFound);
        Assert.Equal(["3.0.0", "1.0.0"], (await admin.GetAsync("/models/m/versions")).Ok().List("versions").Select(one => one.Text("version")));
        (await admin.UploadAsync("m", "2.0.0", await TestWeights.FileAsync(5))).Refused(409, ErrorCodes.VersionExists);
        (await DeleteAsync("9.0.0")).Refused(404, ErrorCodes.NotFound);

        Task<Answer> DeleteAsync(string version) => admin.SendAsync(HttpMethod.Delete, $"/models/m/versions/{version}", null);
    }

    [Fact]
    public async Task Delete_OfTheBaseOfARun_WaitsForItsEnd()
    {
        var scene = await TrainingScene.CreateAsync(server, "base-in-use", devices: 1);
        await scene.StartAsync();
        (await scene.Owner.UploadAsync("base-in-use", "1.5.0", await TestWeights.FileAsync(9))).Ok();

        (await DeleteAsync()).Refused(409, ErrorCodes.VersionInUse);
        (await scene.Owner.PostAsync("/training/base-in-use/stop", new { })).Ok();
        await scene.UntilAsync("STOPPED");
        await Patience.UntilAsync("the version to be free", async () => (await DeleteAsync()).Status is System.Net.HttpStatusCode.OK);

        Task<Answer> DeleteAsync() => scene.Owner.SendAsync(HttpMethod.Delete, "/models/base-in-use/versions/1.0.0", null);
    }

    [Fact]
    public async Task Compare_OfTwoVersions_ShowsHowFarTheyAreApart()
    {
        var admin = await ThreeVersionsAsync("Compares");

        var comparison = (await admin.GetAsync("/models/m/versions/1.0.0/compare/latest")).Ok();

        Assert.Equal(("1.0.0", "3.0.0"), (comparison.GetProperty("from").Text("version"), comparison.GetProperty("to").Text("version")));
        var norm = Math.Sqrt(TestWeights.Parameters);
        Assert.Equal(2 * norm, comparison.GetProperty("difference").GetProperty("l2").GetDouble(), 1e-9);
        Assert.Equal(2, comparison.GetProperty("difference").GetProperty("relative").GetDouble(), 1e-9);
        var tensor = comparison.List("tensors").Single();
        Assert.Equal(("w", 8L, 2.0), (tensor.Text("name"), tensor.Number("changed"), tensor.GetProperty("max_abs").GetDouble()));
        (await admin.GetAsync("/models/m/versions/1.0.0/compare/9.0.0")).Refused(404, ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Changes_ByOthersThanTheOwner_AreRefused()
    {
        var owner = await ThreeVersionsAsync("Owns versions");
        var (member, stranger) = (await server.OrganizationAsync("Reads versions"), await server.OrganizationAsync("Sees no versions"));
        await owner.FederateAsync("versions-federation", member, "m");

        foreach (var (caller, status, code) in new[] { (member, 403, ErrorCodes.NotOwner), (stranger, 404, ErrorCodes.NotFound) })
        {
            (await caller.PutAsync("/models/m/aliases/production", new { version = "1.0.0" })).Refused(status, code);
            (await caller.PostAsync("/models/m/versions/1.0.0/deprecate", new { reason = "mine now" })).Refused(status, code);
            (await caller.PostAsync("/models/m/versions/1.0.0/reinstate")).Refused(status, code);
            (await caller.SendAsync(HttpMethod.Delete, "/models/m/versions/1.0.0", null)).Refused(status, code);
        }

        Assert.Equal(2, TestWeights.TrainedInArchive((await member.GetAsync("/models/m/versions/2.0.0/download?format=pytorch")).Body)[0]);
        (await member.GetAsync("/models/m/versions/1.0.0/compare/2.0.0")).Ok();
        (await stranger.GetAsync("/models/m/versions/1.0.0/compare/2.0.0")).Refused(404, ErrorCodes.NotFound);
    }

    private async Task<ApiCaller> ThreeVersionsAsync(string name)
    {
        var admin = await server.OrganizationAsync(name);
        await admin.PushAsync("m", await TestWeights.FileAsync(1));
        (await admin.UploadAsync("m", "2.0.0", await TestWeights.FileAsync(2))).Ok();
        (await admin.UploadAsync("m", "3.0.0", await TestWeights.FileAsync(3))).Ok();
        return admin;
    }
}
