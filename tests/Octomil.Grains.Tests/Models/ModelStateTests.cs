using Octomil.Training;
using Xunit;

namespace Octomil.Models;

public sealed class ModelStateTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ModelState _model = new ModelState()
        .Create("org_a", new ModelDescription { Name = "m" }, Noon)
        .Add(Version("1.0.0", "a")).Next
        .Add(Version("1.1.0", "b")).Next
        .Add(Version("2.0.0", "c")).Next;

    [Fact]
    public void Latest_OfDeprecatedVersions_IsTheNewestThatIsNot()
    {
        var model = Deprecate(_model, "2.0.0");

        Assert.Equal("1.1.0", model.ToSnapshot("mdl_1").Latest?.Version);
        Assert.Null(Deprecate(Deprecate(model, "1.1.0"), "1.0.0").ToSnapshot("mdl_1").Latest);
        Assert.Equal("2.0.0", model.Deprecate("2.0.0", null, Noon).Next.ToSnapshot("mdl_1").Latest?.Version);
    }

    [Fact]
    public void Alias_StandsForAVersionAlsoOfAnotherAlias_UntilItIsTakenAway()
    {
        var model = Alias(Alias(_model, "production", "1.0.0"), "latest", "production");

        Assert.Equal("1.0.0", model.ToSnapshot("mdl_1").Find("production")?.Version);
        Assert.Equal("1.0.0", model.ToSnapshot("mdl_1").Latest?.Version);
        Assert.Equal("1.0.0", model.ToSnapshot("mdl_1").Find("latest")?.Version);
        Assert.Equal("2.0.0", model.SetAlias("latest", null).Next.ToSnapshot("mdl_1").Find("latest")?.Version);
        Assert.Equal(VersionChangeResult.VersionNotFound, model.SetAlias("other", null).Change.Result);
        Assert.Equal(VersionChangeResult.VersionNotFound, model.SetAlias("other", "9.9.9").Change.Result);
        Assert.Equal(VersionChangeResult.Deprecated, Deprecate(model, "2.0.0").SetAlias("other", "2.0.0").Change.Result);
    }

    [Fact]
    public void Deprecate_AgainForTheSameReason_ChangesNothing()
    {
        var once = Deprecate(_model, "1.0.0");

        Assert.Same(once, once.Deprecate("1.0.0", "old", Noon.AddHours(1)).Next);
        Assert.Equal((Noon, "old"), (once.Versions[0].Deprecation!.At, once.Versions[0].Deprecation!.Reason));
        Assert.Equal(VersionChangeResult.VersionNotFound, once.Deprecate("3.0.0", "old", Noon).Change.Result);
    }

    [Fact]
    public void Delete_OfWhatSomethingUses_NamesEveryUse()
    {
        var model = Alias(_model, "production", "1.0.0").BeginRun("run_1", "1.0.0").Next;

        var (unchanged, refused) = Delete(model, "1.0.0");

        Assert.Same(model, unchanged);
        Assert.Equal(VersionChangeResult.InUse, refused.Result);
        Assert.Equal(["the alias 'production' stands for it", "the run run_1 trains from it"], refused.Uses);
        Assert.Equal(VersionChangeResult.InUse, Delete(model, "2.0.0").Change.Result);
        Assert.Equal(VersionChangeResult.VersionNotFound, Delete(model, "production").Change.Result);
    }

    [Fact]
    public void Delete_OfWhatNothingUses_NeverGivesItsNameToOtherWeights()
    {
        var (model, deleted) = Delete(_model, "1.1.0");

        Assert.Equal(VersionChangeResult.Done, deleted.Result);
        Assert.Equal(["1.0.0", "2.0.0"], model.Versions.Select(version => version.Version));
        Assert.Equal(VersionChangeResult.Done, Delete(model, "1.1.0").Change.Result);
        Assert.Equal(AddVersionResult.Deleted, model.Add(Version("1.1.0", "b")).Result);
        Assert.Equal((model, null), model.BeginRun("run_1", "1.1.0"));
    }

    [Fact]
    public void Publish_AfterTheNewestWasDeleted_DoesNotTakeItsName()
    {
        var model = Delete(Alias(_model, "latest", "1.0.0"), "2.0.0").Next;

        Assert.Equal("3.0.0", model.Publish(Version("1.0.0", "d") with { Lineage = new Lineage { RunId = "run_1", BaseVersion = "1.0.0", Strategy = "fedavg", Rounds = 1 } }).Version);
    }

    [Fact]
    public void AddFormat_Twice_KeepsTheFirst()
    {
        var first = new WeightsRef { Sha256 = "1", Bytes = 1 };
        var (model, kept) = _model.AddFormat("1.0.0", "onnx", first);

        var (again, same) = model.AddFormat("1.0.0", "onnx", new WeightsRef { Sha256 = "2", Bytes = 2 });

        Assert.Equal((first, first), (kept, same));
        Assert.Same(model, again);
        Assert.Equal(first, model.Versions[0].Formats["onnx"]);
        Assert.Null(model.AddFormat("9.0.0", "onnx", first).File);
    }

    private static ModelState Deprecate(ModelState model, string version) => model.Deprecate(version, "old", Noon).Next;

    private static (ModelState Next, VersionChange Change) Delete(ModelState model, string version) => model.Delete(version, model.UsesOf(version));

    private static ModelState Alias(ModelState model, string alias, string version)
    {
        var (next, change) = model.SetAlias(alias, version);
        Assert.Equal(VersionChangeResult.Done, change.Result);
        return next;
    }

    private static ModelVersion Version(string version, string sha256) => new()
    {
        Version = version, Weights = new WeightsRef { Sha256 = sha256, Bytes = 1 }, CreatedAt = Noon, LayoutHash = "layout",
    };
}
