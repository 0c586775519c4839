using System.Net;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.EndToEnd.Cluster;

/// <summary>The oracle: the same devices' updates on one server by itself, to which nothing happens.</summary>
internal static class CalmRun
{
    public static async Task<string> Sha256Async(WeightsLayout layout, int devices, int rounds)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var server = new ServerProcess();
        await server.StartAsync(cancellation);
        using var tenant = await Tenant.CreateAsync(server, cancellation);
        await tenant.PushAsync(layout, cancellation);
        var cohort = await ScriptedDevice.RegisterAsync(tenant, layout, devices, cancellation);
        await tenant.StartRunAsync(cancellation, ("rounds", rounds), ("min_devices", devices), ("min_updates", devices));

        for (var round = 1; round <= rounds; round++)
        {
            foreach (var device in cohort)
            {
                Assert.Equal(HttpStatusCode.OK, (await device.AnswerAsync(round, cancellation)).Status);
            }
        }

        return await tenant.CompletedAsync(cancellation);
    }
}
