using System.Net;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.EndToEnd.Cluster;

/// <summary>The oracle: the same devices' updates on one server by itself, to which nothing happens.</summary>
internal static class CalmRun
{
    public const int Devices = 6;
    public const int Rounds = 2;

    private static readonly Lazy<Task<string>> _sha256 = new(RunAsync);

    public static WeightsLayout Layout { get; } = ScriptedDevice.LayoutOf(10_000);

    /// <summary>The hash of its weights.</summary>
    public static Task<string> Sha256Async() => _sha256.Value;

    // Outlives the test that asks first.
    private static async Task<string> RunAsync()
    {
        var cancellation = CancellationToken.None;
        await using var server = new ServerProcess();
        await server.StartAsync(cancellation);
        using var tenant = await Tenant.CreateAsync(server, cancellation);
        await tenant.PushAsync(Layout, cancellation);
        var cohort = await ScriptedDevice.RegisterAsync(tenant, Layout, Devices, cancellation);
        await tenant.StartRunAsync(cancellation, ("rounds", Rounds), ("min_devices", Devices), ("min_updates", Devices));

        for (var round = 1; round <= Rounds; round++)
        {
            foreach (var device in cohort)
            {
                Assert.Equal(HttpStatusCode.OK, (await device.AnswerAsync(round, cancellation)).Status);
            }
        }

        return await tenant.CompletedAsync(cancellation);
    }
}
