using System.Text.RegularExpressions;
using Octomil.Learning.Architectures;
using Octomil.Learning.Architectures.Onnx;
using Xunit;

namespace Octomil.EndToEnd;

/// <summary>OpenAI's own JavaScript client, at the version of <c>OpenAi/package-lock.json</c>, against the real <c>octomil serve</c>.</summary>
public sealed partial class OpenAiClientTests : IDisposable
{
    private const string Heart = """
        {"kind": "mlp", "output_type": "binary", "output_dim": 1, "target_col": "disease", "classes": ["healthy", "ill"], "hidden": [8], "activation": "relu",
         "features": [{"name": "age", "type": "number"}, {"name": "chol", "type": "number"}, {"name": "cp", "type": "category", "categories": ["1", "2", "3", "4"]}], "seed": 1}
        """;

    private const string Scan = """
        {"kind": "cnn", "output_type": "binary", "output_dim": 1, "target_col": "label", "classes": ["normal", "pneumonia"], "hidden": [4], "activation": "relu",
         "image": {"channels": 1, "height": 8, "width": 8}, "conv": [4], "seed": 4}
        """;

    private static readonly string Script = Path.Combine(Repository.Root, "tests", "Octomil.EndToEnd.Tests", "OpenAi");

    private readonly string _folder = Directory.CreateTempSubdirectory("octomil-openai-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("features", Heart, "^Answer: (healthy|ill) \\(probability [01]\\.[0-9]{3}\\)", "age, chol, cp")]
    [InlineData("image", Scan, "^Answer: (normal|pneumonia) \\(probability [01]\\.[0-9]{3}\\)", "8 x 8 pixels")]
    public async Task Client_AsksForModelsAndForAnswers_WholeAndStreamed(string what, string architecture, string answer, string expectation)
    {
        var (node, npm) = (Repository.FindProgram("node"), Repository.FindProgram("npm"));
        Assert.SkipWhen(node is null || npm is null, "There is no node with npm on the PATH.");
        await InstallAsync(npm!);
        await using var serve = RunningProcess.Start(
            Programs.Cli, ["serve", "radiology-v1", "--file", await ExportAsync(architecture), "--port", "0"], new Dictionary<string, string>());
        await serve.LineAsync("Serving ", Cancellation);

        await using var client = RunningProcess.Start(
            node!, [Path.Combine(_folder, "client.mjs"), AddressPattern().Match(serve.Log()).Value, what], new Dictionary<string, string>(), _folder);

        Assert.True(await client.EndAsync(Wait.Patience, Cancellation) == 0, client.Log());
        await client.LineAsync("Answer: ", Cancellation);
        Assert.Contains(client.Lines, line => Regex.IsMatch(line, answer));
        Assert.Contains(expectation, client.Lines.First(line => line.StartsWith("Expected: ", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    /// <summary>The package of Python's, where the machine has it: no build server's list of packages does.</summary>
    [Fact]
    public async Task Python_RunsTheDescriptionsLines()
    {
        var python = Repository.FindProgram("python3");
        Assert.SkipWhen(python is null, "There is no python3 on the PATH.");
        await using var has = RunningProcess.Start(python!, ["-c", "import openai"], new Dictionary<string, string>());
        Assert.SkipUnless(await has.EndAsync(Wait.Patience, Cancellation) == 0, "python3 has no package openai (pip install openai).");
        await using var serve = RunningProcess.Start(
            Programs.Cli, ["serve", "radiology-v1", "--file", await ExportAsync(Scan), "--port", "0"], new Dictionary<string, string>());
        await serve.LineAsync("Serving ", Cancellation);

        await using var client = RunningProcess.Start(
            python!, [Path.Combine(Script, "client.py"), AddressPattern().Match(serve.Log()).Value], new Dictionary<string, string>());

        Assert.True(await client.EndAsync(Wait.Patience, Cancellation) == 0, client.Log());
        await client.LineAsync("Expected: ", Cancellation);
        Assert.Contains("8 x 8 pixels", client.Log(), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // The lock file's hash decides what is installed, from wherever npm gets it; where it gets nothing, nothing can be tested.
    private async Task InstallAsync(string npm)
    {
        foreach (var file in Directory.GetFiles(Script))
        {
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        }

        await using var install = RunningProcess.Start(
            npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"], new Dictionary<string, string>(), _folder);
        var isInstalled = await install.EndAsync(Wait.Patience, Cancellation) == 0;
        Assert.False(install.Says("EINTEGRITY"), install.Log());
        Assert.SkipUnless(isInstalled, $"npm could not install the client: {install.Log()}");
    }

    private async Task<string> ExportAsync(string json)
    {
        var (architecture, path) = (Architecture.Parse(json), Path.Combine(_folder, "radiology-v1.onnx"));
        await using var file = File.Create(path);
        await OnnxExport.WriteAsync(file, architecture, architecture.Initialize(), ("radiology-v1", "1.0.0"), Cancellation);
        return path;
    }

    [GeneratedRegex("http://[0-9.]+:[0-9]+/v1")]
    private static partial Regex AddressPattern();
}
