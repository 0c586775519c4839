using Microsoft.Extensions.Logging;
using Octomil.Client.Tables;
using Octomil.Client.Tests.Fakes;
using Octomil.Device;
using Xunit;

namespace Octomil.Client.Tests.Device;

public sealed class AgentCommandTests : IDisposable
{
    private readonly string _data = Path.GetTempFileName();
    private readonly Dictionary<string, string> _variables = new() { ["OCTOMIL_API_KEY"] = FakeService.ApiKey };
    private readonly StringWriter _error = new();
    private readonly Journal<string> _log = new("log");
    private readonly FakeTrainer _trainer = new();
    private readonly TestClock _clock = new();

    public void Dispose() => File.Delete(_data);

    [Theory]
    [InlineData("--identifier", "h")]
    [InlineData("--identifier", "h", "--model", "a", "--data", "/none/such.csv")]
    [InlineData("--identifier", "h", "--model", "a", "--model", "b", "--data", "DATA")]
    [InlineData("--identifier", "h", "--model", "a", "--model", "a", "--data", "DATA", "--data", "DATA")]
    [InlineData("--identifier", "h", "--model", "a", "--data", "DATA", "--threads", "0")]
    [InlineData("--identifier", "h", "--model", "a", "--data", "DATA", "--api-base", "nowhere")]
    [InlineData("--identifier", "h", "--model", "a", "--data", "DATA", "--api-key-file", "/none/such")]
    [InlineData("--frobnicate")]
    public async Task Run_OfAWrongCommandLine_SaysWhyAndEndsWith4(params string[] args)
    {
        var code = await RunAsync(args, TestContext.Current.CancellationToken);

        Assert.Equal(4, code);
        Assert.StartsWith("octomil-device: ", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WithoutAKey_EndsWith4()
    {
        _variables.Clear();

        Assert.Equal(4, await RunAsync(["--identifier", "h", "--model", "a", "--data", "DATA"], TestContext.Current.CancellationToken));
        Assert.Contains("OCTOMIL_API_KEY", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OfUnusableData_EndsWith1BeforeAnythingIsSent()
    {
        await using var service = await StartServiceAsync();

        var code = await RunAsync(
            ["--identifier", "h", "--model", "a", "--data", "DATA"], TestContext.Current.CancellationToken, () => throw new DataException("The table is empty."));

        Assert.Equal(1, code);
        Assert.Contains("Error: The table is empty.", _log.All);
        Assert.Empty(service.Calls.All);
    }

    [Fact]
    public async Task Run_WithAWrongKey_EndsWith2()
    {
        await using var service = await StartServiceAsync();
        _variables["OCTOMIL_API_KEY"] = "edg_test_wrong";

        Assert.Equal(2, await RunAsync(["--identifier", "h", "--model", "a", "--data", "DATA"], TestContext.Current.CancellationToken));
        Assert.DoesNotContain(_log.All, line => line.Contains("edg_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_UntilTheRunEnds_TakesPartAndEndsWith0()
    {
        await using var service = await StartServiceAsync();
        service.Status = SampleRun.StatusOf("COMPLETED", "2.0.0");
        service.Listed.Add(service.Assign(3));

        var code = await RunAsync(
            ["--identifier", "hospital-001", "--model", SampleRun.Model, "--data", "DATA", "--until-run-ends"], TestContext.Current.CancellationToken);

        Assert.Equal(0, code);
        Assert.Contains(_log.All, line => line.Contains("Selected for round 3/20 of radiology-v1", StringComparison.Ordinal));
        Assert.Contains($"Information: The run {SampleRun.Session} is COMPLETED: took part in 1 training rounds; new version: 2.0.0", _log.All);
    }

    [Fact]
    public async Task Run_ThatIsStopped_EndsWith0()
    {
        await using var service = await StartServiceAsync();
        using var stop = new CancellationTokenSource();
        var running = RunAsync(["--identifier", "h", "--model", "a", "--data", "DATA"], stop.Token);
        await _log.NextAsync(line => line.Contains("Connected to", StringComparison.Ordinal), "a connection");

        await stop.CancelAsync();

        Assert.Equal(0, await running);
    }

    private async Task<FakeService> StartServiceAsync()
    {
        var service = new FakeService(_clock);
        await service.StartAsync();
        _variables["OCTOMIL_API_BASE"] = service.Url.ToString();
        return service;
    }

    private Task<int> RunAsync(string[] args, CancellationToken cancellationToken, Func<ILocalTrainer>? open = null)
    {
        var environment = new AgentEnvironment(
            name => _variables.GetValueOrDefault(name),
            TextWriter.Null,
            _error,
            _ => LoggerFactory.Create(logging => logging.AddProvider(new JournalLogs(_log))),
            (_, _) => new FakeFactory(open ?? (() => _trainer))) { Clock = _clock };
        return AgentCommand.RunAsync([.. args.Select(arg => arg == "DATA" ? _data : arg)], environment, cancellationToken);
    }

    private sealed class FakeFactory(Func<ILocalTrainer> open) : ILocalTrainerFactory
    {
        public ILocalTrainer Create(string data, string? targetColumn) => open();
    }
}
