namespace Octomil;

public sealed class OctomilCommandTests
{
    [Fact]
    public async Task NoConnection_EndsWithTwo()
    {
        // Port 1 of the loopback: nothing listens there.
        using var octomil = CommandLine.For("http://127.0.0.1:1");

        var ended = (await octomil.RunAsync("org")).Expect(2);

        Assert.StartsWith("error: No connection to 127.0.0.1:1: ", ended.Error, StringComparison.Ordinal);
        Assert.Contains("hint: ", ended.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoKey_EndsWithTwo()
    {
        using var octomil = new CommandLine();

        Assert.StartsWith("error: There is no API key.\nhint: log in", (await octomil.RunAsync("org")).Expect(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoAnswer_EndsWithThree()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /organizations/current", context =>
            Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default));
        using var octomil = CommandLine.For(service.Address, time: new HurriedTime());

        Assert.Contains("did not answer within 100 seconds.", (await octomil.RunAsync("org")).Expect(3).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnotherServer_IsNotTakenForAnOctomilService()
    {
        await using var service = await FakeService.StartAsync();
        service.On("GET /organizations/current", "<html>It works!</html>");
        using var octomil = CommandLine.For(service);

        Assert.Contains("is not what an Octomil service sends", (await octomil.RunAsync("org")).Expect(1).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such-command")]
    [InlineData("train")]
    [InlineData("org", "--no-such-option")]
    [InlineData("org", "--api-base", "not-an-address")]
    [InlineData("completions", "tcsh")]
    [InlineData()]
    public async Task WrongUsage_EndsWithFour(params string[] args)
    {
        using var octomil = CommandLine.For("http://127.0.0.1:1");

        var ended = (await octomil.RunAsync(args)).Expect(4);

        Assert.NotEmpty(ended.Error);
        Assert.Empty(ended.Out);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("train", "start", "--help")]
    [InlineData("--version")]
    public async Task Help_GoesToStandardOutput(params string[] args)
    {
        using var octomil = new CommandLine();

        var ended = (await octomil.RunAsync(args)).Expect(0);

        Assert.NotEmpty(ended.Out);
        Assert.Empty(ended.Error);
    }

    [Fact]
    public async Task Errors_OnATerminal_AreColouredUnlessNotWanted()
    {
        using var octomil = new CommandLine { Terminal = true };
        octomil.Variables["NO_COLOR"] = "1";

        Assert.DoesNotContain("\u001b[", (await octomil.RunAsync("org")).Expect(2).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bash", "complete -o default")]
    [InlineData("zsh", "compdef _octomil octomil")]
    [InlineData("fish", "complete -c octomil")]
    [InlineData("pwsh", "Register-ArgumentCompleter")]
    public async Task Completions_AreScripts(string shell, string line)
    {
        using var octomil = new CommandLine();

        Assert.Contains(line, (await octomil.RunAsync("completions", shell)).Expect(0).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Suggestions_FollowTheLine()
    {
        using var octomil = new CommandLine();

        var commands = (await octomil.RunAsync("[suggest:16]", "octomil train st")).Expect(0);
        var options = (await octomil.RunAsync("[suggest:33]", "octomil train start m --strategy f")).Expect(0);

        Assert.Equal(["start", "status", "stop"], commands.Lines.Where(line => line.StartsWith("st", StringComparison.Ordinal)).Order());
        Assert.Contains("fedavg", options.Lines);
    }
}
