using System.Net;
using Xunit;

namespace Octomil.EndToEnd.Cluster;

/// <summary>Servers that start at the same time on an empty database, with no administrator's key given to them.</summary>
public sealed class FirstKeyTests
{
    private const string Shown = "Its administrator's key, shown this once: ";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_OfThreeServersWithoutAKey_ShowsOneKeyThatAllOfThemTake()
    {
        await using var cluster = await ServerCluster.LaunchAsync(3, ("OCTOMIL_BOOTSTRAP_KEY", ""), ("Logging__LogLevel__Octomil.Server", "Debug"));

        foreach (var server in cluster.Servers)
        {
            await server.Process.LineAsync("The first organization, org_00000001, is there.", Cancellation);
        }

        var line = Assert.Single(cluster.Servers.SelectMany(server => server.Process.Lines), line => line.Contains(Shown, StringComparison.Ordinal));
        var key = line[(line.IndexOf(Shown, StringComparison.Ordinal) + Shown.Length)..];

        foreach (var server in cluster.Servers)
        {
            using var http = server.CreateHttp(key);
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/api/v1/organizations/current", Cancellation)).StatusCode);
        }
    }
}
