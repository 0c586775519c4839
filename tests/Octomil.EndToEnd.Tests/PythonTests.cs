using Octomil.Client;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.EndToEnd;

/// <summary>The Python SDK beside the .NET SDK; its own tests are in <c>src/octomil-python/tests</c>.</summary>
public sealed class PythonTests
{
    private const int Devices = 4;
    private const int Rounds = 3;

    private static readonly string Package = Path.Combine(Repository.Root, "src", "octomil-python");
    private static readonly WeightsLayout Layout = WeightsLayout.Create([new TensorSpec("w", TensorType.F32, [1000])]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_WithTheSameUpdatesFromEitherSdk_EndsWithTheSameBits()
    {
        var python = Repository.FindProgram("python3");
        Assert.SkipWhen(python is null, "There is no python3 on the PATH.");
        await using var server = new ServerProcess();
        await server.StartAsync(Cancellation);

        var dotnet = await RunAsync(server, _ => null);
        var both = await RunAsync(server, device => device % 2 == 0 ? python : null);
        var pythonAlone = await RunAsync(server, _ => python);

        Assert.Equal(dotnet, both);
        Assert.Equal(dotnet, pythonAlone);
    }

    /// <summary>The SHA-256 of what a run gives.</summary>
    /// <param name="server">The server.</param>
    /// <param name="pythonOf">The Python that a device runs on; null: it speaks by the .NET SDK.</param>
    private static async Task<string> RunAsync(ServerProcess server, Func<int, string?> pythonOf)
    {
        using var tenant = await Tenant.CreateAsync(server, Cancellation);
        await tenant.PushAsync(Layout, Cancellation);
        var devices = Enumerable.Range(0, Devices)
            .Select(device => pythonOf(device) is { } python ? RunPythonAsync(tenant, python, device) : RunDotnetAsync(tenant, device)).ToList();
        await tenant.StartRunAsync(Cancellation, ("rounds", Rounds), ("min_devices", Devices), ("min_updates", Devices));
        await Task.WhenAll(devices);
        var weights = await tenant.CompletedAsync(Cancellation);
        Assert.Equal(Enumerable.Repeat(Devices, Rounds), (await tenant.HistoryAsync(Cancellation)).Take(Rounds));
        return weights;
    }

    private static async Task RunPythonAsync(Tenant tenant, string python, int device)
    {
        await using var process = RunningProcess.Start(
            python,
            [Path.Combine(Package, "tests", "fold_device.py"), $"{device}", $"{Rounds}"],
            new Dictionary<string, string> { ["PYTHONPATH"] = Package, ["OCTOMIL_API_KEY"] = tenant.Key, ["OCTOMIL_API_BASE"] = tenant.Server.Address });
        Assert.True(await process.EndAsync(TimeSpan.FromMinutes(4), Cancellation) == 0, process.Log());
        await process.LineAsync($"{Rounds} rounds trained", Cancellation);
    }

    private static async Task RunDotnetAsync(Tenant tenant, int device)
    {
        using var client = new FederatedClient(tenant.Key, $"hospital-{device}", new FederatedClientOptions { ApiBase = tenant.Server.Address });
        var round = 0;
        await client.TrainFromRemoteAsync(
            Tenant.Model, weights => new LocalTrainingResult(weights.WithTrained(Trained(weights.Trained, device, ++round)), SampleCount: 10 + device), Rounds, cancellationToken: Cancellation);
    }

    // As src/octomil-python/tests/fold_device.py has it.
    private static float[] Trained(ReadOnlySpan<float> start, int device, int round)
    {
        var trained = start.ToArray();

        for (var i = 0; i < trained.Length; i++)
        {
            trained[i] += ((((37 * i) + (11 * device) + (5 * round)) % 101) - 50) / 1024f;
        }

        return trained;
    }
}
