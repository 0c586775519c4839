using Octomil.Api.Tests.Fixtures;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class ModelTests(ApiServer server)
{
    private const string Architecture = """
        {"kind": "linear", "output_type": "binary", "output_dim": 1, "target_col": "y", "classes": ["a", "b"],
         "features": [{"name": "x", "type": "number"}, {"name": "z", "type": "number"}], "seed": 1}
        """;

    [Fact]
    public async Task Create_OfOneNameTwice_IsOneModel()
    {
        var admin = await server.OrganizationAsync("Creates models");

        var first = (await admin.PostAsync("/models", new { name = "m", description = "first", framework = "pytorch", use_case = "test", org_id = "default" })).Ok();
        var second = (await admin.PostAsync("/models", new { name = "m", description = "second" })).Ok();

        Assert.Matches("^mdl_[0-9a-f]{8}$", first.Text("id"));
        Assert.Equal((first.Text("id"), "first"), (second.Text("id"), second.Text("description")));
        var listed = (await admin.GetAsync("/models?org_id=default")).Ok();
        Assert.Equal((1, 100, 0), (listed.Number("total"), listed.Number("limit"), listed.Number("offset")));
        Assert.Equal(("m", "pytorch"), (listed.List("models").Single().Text("name"), listed.List("models").Single().Text("framework")));
        (await admin.PostAsync("/models", new { name = "Not A Name" })).RefusedFor("name");
        (await admin.PostAsync("/models", new { name = "mdl_12345678" })).RefusedFor("name");
        (await admin.GetAsync("/models?limit=0")).RefusedFor("limit");
    }

    [Fact]
    public async Task Calls_ForAnotherOrganizationsModel_Are404()
    {
        var (owner, other) = (await server.OrganizationAsync("Owns a model"), await server.OrganizationAsync("Wants others' models"));
        var id = await owner.PushAsync("private", await TestWeights.FileAsync(1));

        foreach (var model in (string[])[id, "private"])
        {
            (await other.GetAsync($"/models/{model}")).Refused(404, ErrorCodes.NotFound);
            (await other.GetAsync($"/models/{model}/versions")).Refused(404, ErrorCodes.NotFound);
            (await other.GetAsync($"/models/{model}/versions/latest")).Refused(404, ErrorCodes.NotFound);
            (await other.GetAsync($"/models/{model}/versions/1.0.0/download")).Refused(404, ErrorCodes.NotFound);
            (await other.GetAsync($"/models/{model}/versions/1.0.0/download-url")).Refused(404, ErrorCodes.NotFound);
            (await other.UploadAsync(model, "2.0.0", await TestWeights.FileAsync(2))).Refused(404, ErrorCodes.NotFound);
            (await other.PostAsync("/training/sessions", new { model_id = model })).Refused(404, ErrorCodes.NotFound);
            (await other.GetAsync($"/training/{model}/status")).Refused(404, ErrorCodes.NotFound);
            (await other.GetAsync($"/training/{model}/events")).Refused(404, ErrorCodes.NotFound);
            (await other.PostAsync($"/training/{model}/stop", new { })).Refused(404, ErrorCodes.NotFound);
        }
    }

    [Fact]
    public async Task Upload_OfSafetensors_IsAVersionWithItsChecksum()
    {
        var admin = await server.OrganizationAsync("Pushes safetensors");
        var id = await admin.PushAsync("m", await TestWeights.FileAsync(1));

        var answer = (await admin.UploadAsync("m", "1.1.0", await TestWeights.FileAsync(2))).Ok();

        Assert.Equal((id, "1.1.0"), (answer.Text("model_id"), answer.Text("version")));
        var file = await admin.GetAsync(answer.GetProperty("formats").Text("safetensors"));
        Assert.Equal(answer.GetProperty("checksums").Text("safetensors"), TestWeights.Sha256(file.Body));
        Assert.All(TestWeights.Trained(file.Body), value => Assert.Equal(2, value));
        Assert.Equal("1.1.0", (await admin.GetAsync("/models/m/versions/latest")).Ok().Text("version"));
        var versions = (await admin.GetAsync("/models/m/versions")).Ok().List("versions").ToArray();
        Assert.Equal(["1.1.0", "1.0.0"], versions.Select(version => version.Text("version")));
        Assert.Equal(TestWeights.Parameters, versions[0].Number("parameter_count"));
        Assert.Equal(file.Body.Length, versions[0].Number("size_bytes"));
        Assert.Equal(["1.0.0"], (await admin.GetAsync("/models/m/versions?limit=1&offset=1")).Ok().List("versions").Select(version => version.Text("version")));
    }

    [Fact]
    public async Task Upload_OfAnArchitectureAlone_InitializesTheSameWeightsEachTime()
    {
        var admin = await server.OrganizationAsync("Pushes architectures");
        await admin.PushAsync("one", file: null, Architecture);
        await admin.PushAsync("two", file: null, Architecture);

        var version = (await admin.GetAsync("/models/one/versions")).Ok().List("versions").Single();
        Assert.Equal("linear", version.GetProperty("architecture").Text("kind"));
        Assert.False(version.GetProperty("architecture").GetProperty("scaled").GetBoolean());
        Assert.Equal(3, version.Number("parameter_count"));
        Assert.Equal("y", (await admin.GetAsync("/models/one")).Ok().GetProperty("architecture").Text("target_col"));
        Assert.Equal((await admin.GetAsync("/models/one/versions/1.0.0/download")).Body, (await admin.GetAsync("/models/two/versions/1.0.0/download")).Body);
    }

    [Fact]
    public async Task Upload_OfAVersionThatExists_IsTheSameOrAConflict()
    {
        var admin = await server.OrganizationAsync("Pushes twice");
        await admin.PushAsync("m", await TestWeights.FileAsync(1));

        (await admin.UploadAsync("m", "1.0.0", await TestWeights.FileAsync(1))).Ok();
        (await admin.UploadAsync("m", "1.0.0", await TestWeights.FileAsync(2))).Refused(409, ErrorCodes.VersionExists);

        Assert.All(TestWeights.Trained((await admin.GetAsync("/models/m/versions/1.0.0/download")).Body), value => Assert.Equal(1, value));
    }

    [Fact]
    public async Task Upload_OfOtherTensors_Is422AndNamesTheTensor()
    {
        var admin = await server.OrganizationAsync("Pushes other tensors");
        await admin.PushAsync("m", await TestWeights.FileAsync(1));

        var problem = (await admin.UploadAsync("m", "1.1.0", await TestWeights.FileAsync(1, name: "v"))).Refused(422, ErrorCodes.InvalidWeights);
        Assert.Equal((WeightsErrors.UnknownTensor, "v"), (problem.Text("reason"), problem.Text("tensor")));
        problem = (await admin.UploadAsync("m", "1.1.0", await TestWeights.FileAsync(1, parameters: 4))).Refused(422, ErrorCodes.InvalidWeights);
        Assert.Equal((WeightsErrors.WrongShape, "w"), (problem.Text("reason"), problem.Text("tensor")));
    }

    [Fact]
    public async Task Upload_OfBodiesThatAreNoVersion_IsRefused()
    {
        var admin = await server.OrganizationAsync("Pushes nonsense");
        (await admin.PostAsync("/models", new { name = "m" })).Ok();
        var file = await TestWeights.FileAsync(1);
        var notANumber = file.ToArray();
        BitConverter.TryWriteBytes(notANumber.AsSpan(notANumber.Length - 4), float.NaN);

        (await admin.UploadAsync("m", "one", file)).RefusedFor("version");
        (await admin.UploadAsync("m", "1.0.0+run_0123456789abcdef", file)).RefusedFor("version");
        (await admin.UploadAsync("m", null, file)).RefusedFor("version");
        (await admin.UploadAsync("m", "1.0.0", null)).RefusedFor("file");
        (await admin.UploadAsync("m", "1.0.0", null, "{}")).RefusedFor("architecture");
        (await admin.UploadAsync("m", "1.0.0", null, "no JSON")).RefusedFor("architecture");
        (await admin.UploadAsync("m", "1.0.0", [])).Refused(422, ErrorCodes.InvalidWeights);
        (await admin.UploadAsync("m", "1.0.0", [0x93, .. "NUMPY"u8, 1, 0, .. new byte[200]])).Refused(422, ErrorCodes.InvalidWeights);
        (await admin.UploadAsync("m", "1.0.0", [.. BitConverter.GetBytes(1L << 40), .. new byte[100]])).Refused(422, ErrorCodes.InvalidWeights);
        (await admin.UploadAsync("m", "1.0.0", file[..^3])).Refused(422, ErrorCodes.InvalidWeights);
        (await admin.UploadAsync("m", "1.0.0", notANumber)).Refused(422, ErrorCodes.InvalidWeights);
        (await admin.PostAsync("/models/m/versions/upload", new { version = "1.0.0" })).Refused(415, ErrorCodes.InvalidRequest);

        Assert.Empty((await admin.GetAsync("/models/m/versions")).Ok().List("versions"));
        (await admin.GetAsync("/models/m/versions/latest")).Refused(404, ErrorCodes.NotFound);
    }

    [Fact]
    public async Task Upload_OfAFormThatBreaksOff_Is400()
    {
        var admin = await server.OrganizationAsync("Breaks off");
        (await admin.PostAsync("/models", new { name = "m" })).Ok();
        var body = new StringContent("--b\r\nContent-Disposition: form-data; name=\"version\"\r\n\r\n1.0.0");
        body.Headers.ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse("multipart/form-data; boundary=b");

        (await admin.SendAsync(HttpMethod.Post, "/models/m/versions/upload", body)).Refused(400, ErrorCodes.InvalidRequest);
    }

    [Fact]
    public async Task Calls_OfPathsAndMethodsThatDoNotExist_AreProblemDocuments()
    {
        (await server.Operator.GetAsync("/nothing/here")).Refused(404, ErrorCodes.NotFound);
        (await server.Operator.SendAsync(HttpMethod.Delete, "/models", null)).Refused(405, ErrorCodes.MethodNotAllowed);
        (await server.Operator.SendAsync(HttpMethod.Post, "/models", new StringContent("{"))).Refused(415, ErrorCodes.InvalidRequest);
        var broken = new StringContent("{", null, "application/json");
        (await server.Operator.SendAsync(HttpMethod.Post, "/models", broken)).Refused(400, ErrorCodes.InvalidRequest);
        var large = new StringContent($$"""{"name": "{{new string('x', 2 << 20)}}"}""", null, "application/json");

        // A client that sends a body without asking may find its connection closed before it has read why.
        (await server.Operator.SendAsync(HttpMethod.Post, "/models", large, ("Expect", "100-continue"))).Refused(413, ErrorCodes.TooLarge);
    }
}
