using System.CommandLine;

namespace Octomil;

/// <summary>What holds for every command there is.</summary>
public sealed class EveryCommandTests
{
    private static readonly RootCommand _root = OctomilCommand.CreateRoot(new CommandHost(new CommandLine.Streams("", terminal: false), new CommandEnvironment
    {
        Variable = _ => null, HomeFolder = "/nowhere", Time = TimeProvider.System,
    }));

    /// <summary>Commands that do something, as they are typed after <c>octomil</c>.</summary>
    public static TheoryData<string> Commands { get; } = [.. Leaves(_root, "").Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_ShowsHowToUseItAndAnExample_AndJsonIsTaken(string command)
    {
        using var octomil = new CommandLine();

        var help = (await octomil.RunAsync([.. command.Split(' '), "--help"])).Expect(0);

        Assert.Contains($"octomil {command}", help.Out, StringComparison.Ordinal);
        Assert.Contains("--json", help.Out, StringComparison.Ordinal);
        var examples = Examples.All.Where(line => $"{line} ".StartsWith($"octomil {command} ", StringComparison.Ordinal)).ToList();
        Assert.True(examples.Count > 0, $"Give an example of `octomil {command}` in Examples.cs.");
        Assert.All(examples, example => Assert.Contains($"  {example}\n", help.Out, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Option_ThatThereIsNot_EndsWithFourAndAHint(string command)
    {
        using var octomil = CommandLine.For("http://127.0.0.1:1");

        var ended = (await octomil.RunAsync([.. command.Split(' '), "--no-such-option"])).Expect(4);

        Assert.StartsWith("error: ", ended.Error, StringComparison.Ordinal);
        Assert.Contains($"hint: `octomil {command} --help`", ended.Error, StringComparison.Ordinal);
        Assert.Empty(ended.Out);
    }

    [Fact]
    public void Examples_AreGoodCommandLines_AlsoWithJson() => Assert.All(Examples.All, example =>
    {
        foreach (var line in (string[])[example, $"{example} --json"])
        {
            var parse = _root.Parse(line["octomil ".Length..]);
            Assert.True(parse.Errors.Count == 0, $"{line}: {string.Join(' ', parse.Errors.Select(error => error.Message))}");
        }
    });

    [Fact]
    public async Task EveryExample_WithoutAService_SaysSoInOneErrorAndAHint()
    {
        using var octomil = CommandLine.For("http://127.0.0.1:1");
        foreach (var example in Examples.All.Where(line => !line.Contains(" login ", StringComparison.Ordinal) && !line.Contains(" serve ", StringComparison.Ordinal)
            && !line.Contains(" completions ", StringComparison.Ordinal) && !line.Contains(".csv", StringComparison.Ordinal)
            && !line.Contains("push ", StringComparison.Ordinal) && !line.Contains(".pem", StringComparison.Ordinal)))
        {
            var ended = (await octomil.RunAsync([.. _root.Parse(example["octomil ".Length..]).Tokens.Select(token => token.Value), "--json"])).Expect(2);

            Assert.StartsWith("error: No connection to 127.0.0.1:1: ", ended.Error, StringComparison.Ordinal);
            Assert.Contains("hint: ", ended.Error, StringComparison.Ordinal);
            Assert.Empty(ended.Out);
        }
    }

    private static IEnumerable<string> Leaves(Command command, string path) => command.Subcommands.SelectMany(child =>
    {
        var own = path.Length == 0 ? child.Name : $"{path} {child.Name}";
        return Leaves(child, own).Concat(child.Action is null ? [] : [own]);
    });
}
