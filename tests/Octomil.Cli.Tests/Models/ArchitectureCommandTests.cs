using System.Text.Json;

namespace Octomil.Models;

public sealed class ArchitectureCommandTests
{
    private const string Table = "id,age,sex,diagnosis\n1,50,f,benign\n2,61,m,malignant\n3,47,f,benign\n";

    [Fact]
    public async Task Infer_WritesAnArchitectureAndSaysWhatItLeftOut()
    {
        using var octomil = new CommandLine();

        var ended = (await octomil.RunAsync(
            "architecture", "infer", octomil.FileWith("t.csv", Table), "--target", "diagnosis", "--kind", "mlp", "--hidden", "8,4")).Expect(0);

        var architecture = JsonDocument.Parse(ended.Out).RootElement;
        Assert.Equal("mlp", architecture.GetProperty("kind").GetString());
        Assert.Equal([8, 4], architecture.GetProperty("hidden").EnumerateArray().Select(width => width.GetInt32()));
        Assert.Equal(["age", "sex"], architecture.GetProperty("features").EnumerateArray().Select(feature => feature.GetProperty("name").GetString()));
        Assert.StartsWith("note: Column id", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Infer_ToAFile_PrintsNoData()
    {
        using var octomil = new CommandLine();
        var output = Path.Combine(octomil.Home, "a.json");

        var ended = (await octomil.RunAsync("architecture", "infer", octomil.FileWith("t.csv", Table), "--target", "diagnosis", "--output", output)).Expect(0);

        Assert.Empty(ended.Out);
        Assert.Equal("linear", JsonDocument.Parse(await File.ReadAllTextAsync(output, TestContext.Current.CancellationToken)).RootElement.GetProperty("kind").GetString());
    }

    [Fact]
    public async Task Infer_WithoutTheTargetColumn_NamesTheColumns()
    {
        using var octomil = new CommandLine();

        var ended = (await octomil.RunAsync("architecture", "infer", octomil.FileWith("t.csv", Table), "--target", "Diagnosis")).Expect(1);

        Assert.Contains("Did you mean diagnosis?", ended.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such-file", "--target", "x")]
    [InlineData("no-such-file")]
    [InlineData("t.csv", "--target", "x", "--hidden", "8")]
    [InlineData("t.csv", "--target", "x", "--kind", "mlp", "--hidden", "8,zero")]
    [InlineData("t.csv", "--target", "x", "--kind", "tree")]
    public async Task Infer_WithAWrongValue_IsWrongUsage(params string[] args)
    {
        using var octomil = new CommandLine();

        (await octomil.RunAsync(["architecture", "infer", .. args])).Expect(4);
    }
}
