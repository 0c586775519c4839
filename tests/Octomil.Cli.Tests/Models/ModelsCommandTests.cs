using System.Text.Json;

namespace Octomil.Models;

public sealed class ModelsCommandTests
{
    [Fact]
    public async Task ListShowVersions()
    {
        await using var service = await FakeService.StartAsync();
        var model = new ModelResponse
        {
            Id = "mdl_1a2b3c4d", Name = "radiology-v1", LatestVersion = "2.0.0", OrgId = "org_1",
            Architecture = JsonSerializer.Deserialize<JsonElement>("""{"kind":"mlp","output_type":"binary","target_col":"diagnosis","features":[{"name":"a"}]}"""),
        };
        service.On("GET /models", new ModelList { Models = [model], Total = 1, Limit = 100, Offset = 0 })
            .On("GET /models/radiology-v1", model)
            .On("GET /models/radiology-v1/versions", new ModelVersionList
            {
                Versions =
                [
                    new ModelVersionResponse
                    {
                        Version = "2.0.0", Status = "published", ParameterCount = 91, SizeBytes = 1234, Metrics = new Dictionary<string, double> { ["accuracy"] = 0.9712 },
                        Lineage = new LineageResponse { SessionId = "run_1", BaseVersion = "1.0.0", Strategy = "fedavg", Rounds = 20, Organizations = ["org_1", "org_2"] },
                    },
                    new ModelVersionResponse { Version = "1.0.0", Status = "published", Description = "first" },
                ],
            });
        using var octomil = CommandLine.For(service);

        Assert.Contains("mdl_1a2b3c4d  radiology-v1  2.0.0", (await octomil.RunAsync("models", "list")).Expect(0).Out, StringComparison.Ordinal);
        Assert.Contains("Architecture: mlp, binary, diagnosis, 1 feature\n", (await octomil.RunAsync("models", "show", "radiology-v1")).Expect(0).Out, StringComparison.Ordinal);
        Assert.Equal(
            """
            VERSION  STATUS     PARAMETERS    SIZE  ACCURACY  CREATED  FROM
            2.0.0    published          91  1.2 kB     0.971  -        1.0.0, 20 rounds of fedavg, 2 organizations
            1.0.0    published           -       -         -  -        first

            """,
            (await octomil.RunAsync("models", "versions", "radiology-v1")).Expect(0).Out);
    }
}
