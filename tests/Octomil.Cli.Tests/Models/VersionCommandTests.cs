namespace Octomil.Models;

public sealed class VersionCommandTests
{
    [Fact]
    public async Task Deprecate_WithAReasonOrUndo_SaysHowTheVersionIs()
    {
        await using var service = await FakeService.StartAsync();
        service.On("POST /models/m/versions/1.0.0/deprecate", new ModelVersionResponse { Version = "1.0.0", Status = "deprecated" })
            .On("POST /models/m/versions/1.0.0/reinstate", new ModelVersionResponse { Version = "1.0.0", Status = "active" });
        using var octomil = CommandLine.For(service);

        Assert.Equal("m 1.0.0 is deprecated\n", (await octomil.RunAsync("models", "deprecate", "m", "1.0.0", "--reason", "wrong labels")).Expect(0).Out);
        Assert.Equal("m 1.0.0 is active\n", (await octomil.RunAsync("models", "deprecate", "m", "1.0.0", "--undo")).Expect(0).Out);
        (await octomil.RunAsync("models", "deprecate", "m", "1.0.0")).Expect(4);
        (await octomil.RunAsync("models", "deprecate", "m", "1.0.0", "--undo", "--reason", "x")).Expect(4);
    }

    [Fact]
    public async Task Alias_SetsRemovesAndLists()
    {
        await using var service = await FakeService.StartAsync();
        var list = new AliasList { Aliases = new Dictionary<string, string> { ["production"] = "1.0.0" } };
        service.On("GET /models/m/aliases", list).On("PUT /models/m/aliases/production", list).On("DELETE /models/m/aliases/production", new AliasList { Aliases = new Dictionary<string, string>() });
        using var octomil = CommandLine.For(service);

        foreach (var arguments in (string[][])[["models", "alias", "m"], ["models", "alias", "m", "production", "1.0.0"]])
        {
            Assert.Equal("ALIAS       VERSION\nproduction  1.0.0\n", (await octomil.RunAsync(arguments)).Expect(0).Out);
        }

        (await octomil.RunAsync("models", "alias", "m", "production", "--remove")).Expect(0);
        (await octomil.RunAsync("models", "alias", "m", "production")).Expect(4);
        (await octomil.RunAsync("models", "alias", "m", "--remove")).Expect(4);
    }

    [Fact]
    public async Task Delete_OfAVersionInUse_IsRefused()
    {
        await using var service = await FakeService.StartAsync();
        service.On("DELETE /models/m/versions/1.0.0", new DeletedVersionResponse { Version = "1.0.0", Status = "deleted" })
            .Refuse("DELETE /models/m/versions/2.0.0", 409, "version_in_use", "Version 2.0.0 cannot be deleted: it is the latest version.");
        using var octomil = CommandLine.For(service);

        Assert.Equal("Deleted m 1.0.0\n", (await octomil.RunAsync("models", "delete", "m", "1.0.0")).Expect(0).Out);
        Assert.Contains("it is the latest version", (await octomil.RunAsync("models", "delete", "m", "2.0.0")).Expect(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Compare_ShowsMetricsAndTensors()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /models/m/versions/1.0.0/compare/latest", new VersionComparisonResponse
        {
            ModelId = "mdl_1",
            From = new ModelVersionResponse { Version = "1.0.0", Status = "active" },
            To = new ModelVersionResponse
            {
                Version = "2.0.0", Status = "active",
                Lineage = new LineageResponse { SessionId = "run_1", BaseVersion = "1.0.0", Strategy = "fedavg", Rounds = 20, Organizations = ["org_1"] },
            },
            Metrics = new Dictionary<string, MetricComparison> { ["accuracy"] = new() { From = 0.9, To = 0.95, Difference = 0.05 } },
            ArchitectureDiffers = false,
            Difference = new WeightsDifference { Norm = 2, L2 = 0.5, Relative = 0.25, MaxAbs = 0.4, Changed = 3 },
            Tensors = [new TensorComparison { Name = "dense.0.weight", Type = "F32", Shape = [2, 3], Norm = 2, L2 = 0.5, Relative = 0.25, MaxAbs = 0.4, Changed = 3 }],
        });
        using var octomil = CommandLine.For(service);

        var lines = (await octomil.RunAsync("models", "compare", "m", "1.0.0", "latest")).Expect(0).Out.Split('\n');

        Assert.Contains(lines, line => line.StartsWith("accuracy", StringComparison.Ordinal) && line.EndsWith("+0.05", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("20 rounds of fedavg", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("dense.0.weight", StringComparison.Ordinal) && line.Contains("[2, 3]", StringComparison.Ordinal) && line.Contains("25%", StringComparison.Ordinal));
    }
}
