using System.Runtime.Versioning;
using Octomil.Client.Tokens;
using Xunit;

namespace Octomil.EndToEnd;

/// <summary>A device that has tokens of its own and no key: they last for two seconds here, and the device's part lasts for longer.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class DeviceTokenTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("octomil-token-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string TokenFile => Path.Combine(_folder, "ward-1.token");

    [Fact]
    public async Task Agent_WithATokenFile_TakesPartWhileItsTokensEnd_AndAgainAfterAKill()
    {
        await using var server = new ServerProcess(null, ("Octomil__Authentication__DeviceToken", "00:00:02"));
        await server.StartAsync(Cancellation);
        using var tenant = await Tenant.CreateAsync(server, Cancellation);
        await tenant.PushAsync(DeviceAgents.Architecture, Cancellation);
        await tenant.RegisterAsync("ward-1", Cancellation);
        await using (var mint = RunningProcess.Start(
            Programs.Cli, ["devices", "token", "ward-1", "--output", TokenFile],
            new Dictionary<string, string> { ["OCTOMIL_API_BASE"] = server.Address, ["OCTOMIL_API_KEY"] = tenant.Key }))
        {
            Assert.True(await mint.EndAsync(Wait.Patience, Cancellation) == 0, mint.Log());
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(TokenFile));
        await using (var killed = Start(tenant))
        {
            await killed.LineAsync("Connected to", Cancellation);
            await RenewedAsync(tenant, killed);
            await RenewedAsync(tenant, killed);
            await killed.KillAsync();
        }

        await using var agent = Start(tenant);
        await agent.LineAsync("Connected to", Cancellation);
        await tenant.StartRunAsync(Cancellation, ("rounds", 3), ("min_devices", 1), ("min_updates", 1));
        await tenant.CompletedAsync(Cancellation);
        await RenewedAsync(tenant, agent);
        Assert.False(agent.HasEnded, agent.Log());
        Assert.False(agent.Says("oct_d"), agent.Log());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private RunningProcess Start(Tenant tenant) => RunningProcess.Start(
        Programs.Device,
        ["--identifier", "ward-1", "--model", Tenant.Model, "--data", DeviceAgents.WriteTable(_folder, "ward.csv", 60), "--token-file", TokenFile],
        new Dictionary<string, string> { ["OCTOMIL_API_BASE"] = tenant.Server.Address, ["OCTOMIL_API_KEY"] = "" });

    private Task RenewedAsync(Tenant tenant, RunningProcess agent)
    {
        var before = DeviceTokenFile.Read(TokenFile).RefreshToken;
        return Wait.UntilAsync(
            () => Task.FromResult(DeviceTokenFile.Read(TokenFile).RefreshToken != before), "the tokens to be renewed", () => $"{agent.Log()}\n{tenant.Server.Process.Log()}", Cancellation);
    }
}
