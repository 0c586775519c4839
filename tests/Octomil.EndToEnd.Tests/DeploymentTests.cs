using System.Security.Cryptography;
using System.Text.Json;
using Xunit;

namespace Octomil.EndToEnd;

/// <summary>A version on its way to a real device agent and back, by the command line, with the server killed in between.</summary>
public sealed class DeploymentTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Deploy_StepByStep_ReachesTheDevice_AndRollsBack()
    {
        await using var server = new ServerProcess();
        await server.StartAsync(Cancellation);
        using var tenant = await Tenant.CreateAsync(server, Cancellation);
        await tenant.PushAsync(DeviceAgents.Architecture, Cancellation);
        await tenant.PushSecondAsync(DeviceAgents.Architecture, Cancellation);
        using var folder = new TemporaryFolder();
        await using var agent = DeviceAgents.Start(tenant, "hospital-001", DeviceAgents.WriteTable(folder.Path, "patients.csv", 20), "--version-folder", Path.Combine(folder.Path, "versions"));

        await tenant.OctomilAsync(0, Cancellation, "deploy", Tenant.Model, "--version", "1.0.0", "--rollout", "100%");
        await tenant.OctomilAsync(0, Cancellation, "rollout", "status", Tenant.Model, "--watch");
        Assert.Equal(await Sha256Async(tenant, "1.0.0"), Current(folder.Path));

        // Nobody yet; then, of a server that died meanwhile, all of them.
        await tenant.OctomilAsync(0, Cancellation, "deploy", Tenant.Model, "--version", "2.0.0", "--rollout", "0");
        await server.KillAsync();
        await server.StartAsync(Cancellation);
        var set = await tenant.OctomilAsync(0, Cancellation, "rollout", "set", Tenant.Model, "--percentage", "100");
        Assert.True(set.Says("100% ("), set.Log());
        var status = await tenant.OctomilAsync(0, Cancellation, "rollout", "status", Tenant.Model, "--watch");
        Assert.True(status.Says("100% (1 of 1 device)"), status.Log());
        Assert.Equal(await Sha256Async(tenant, "2.0.0"), Current(folder.Path));

        await tenant.OctomilAsync(0, Cancellation, "rollback", Tenant.Model, "--to-version", "1.0.0");
        await tenant.OctomilAsync(0, Cancellation, "rollout", "status", Tenant.Model, "--watch");
        Assert.Equal(await Sha256Async(tenant, "1.0.0"), Current(folder.Path));

        // The version that was left is kept beside it, and a version that is not there is refused.
        Assert.Equal(2, Directory.GetFiles(Path.Combine(folder.Path, "versions"), "*.safetensors", SearchOption.AllDirectories).Length);
        var refused = await tenant.OctomilAsync(1, Cancellation, "deploy", Tenant.Model, "--version", "9.0.0", "--rollout", "10");
        Assert.True(refused.Says("has no version '9.0.0'"), refused.Log());
    }

    // The SHA-256 of the file that the device says it runs, of its bytes.
    private static string Current(string folder)
    {
        var model = Assert.Single(Directory.GetDirectories(Path.Combine(folder, "versions")));
        using var state = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(model, "state.json")));
        var sha256 = state.RootElement.GetProperty("current").GetProperty("sha256").GetString();
        return Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(model, $"{sha256}.safetensors"))));
    }

    private static async Task<string> Sha256Async(Tenant tenant, string version) =>
        Convert.ToHexStringLower(SHA256.HashData(await tenant.Http.GetByteArrayAsync($"/api/v1/models/{Tenant.Model}/versions/{version}/download", Cancellation)));

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("octomil-deployment-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
