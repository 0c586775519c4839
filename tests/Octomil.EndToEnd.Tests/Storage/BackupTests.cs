using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.EndToEnd.Storage;

/// <summary>A backup taken from a server in use, by the scripts that people call.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class BackupTests : IDisposable
{
    private const int Devices = 3;
    private const int Rounds = 5;

    private static readonly WeightsLayout Layout = ScriptedDevice.LayoutOf(50_000);

    private readonly string _folder = Directory.CreateTempSubdirectory("octomil-backup-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Restore_OfABackupInMidRunUnderLoad_HasWhatWasPublishedAndItsRunsFinish()
    {
        await using var server = new ServerProcess();
        await server.StartAsync(Cancellation);
        using var tenant = await TrainOnceAsync(server);
        var published = await VersionsAsync(tenant);
        var devices = await ScriptedDevice.RegisterAsync(tenant, Layout, Devices, Cancellation);
        await StartAsync(tenant, Rounds);
        await PutAllAsync(devices, round: 1);
        var open = await devices[0].RoundAsync(2, Cancellation);
        Assert.Equal(HttpStatusCode.OK, (await devices[0].PutAsync(open, 2, Cancellation)).Status);

        // Another organization's run goes from round to round meanwhile.
        using var other = await Tenant.CreateAsync(server, Cancellation);
        await other.PushAsync(Layout, Cancellation);
        var busy = await ScriptedDevice.RegisterAsync(other, Layout, Devices, Cancellation);
        await StartAsync(other, 500);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var load = Task.WhenAll(busy.Select(device => device.TakePartAsync(stop.Token)));
        await other.UntilAsync(async () => await other.CurrentRoundAsync(Cancellation) > 2, "the load to be there", Cancellation);

        var file = Path.Combine(_folder, "backup.tar");
        var from = await other.CurrentRoundAsync(Cancellation);
        await RunAsync("backup", server.DataFolder, 0, file);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        await other.UntilAsync(async () => await other.CurrentRoundAsync(Cancellation) > from, "the load to go on", Cancellation);
        await stop.CancelAsync();
        await load;

        // Neither over a running server, nor into a folder with something in it.
        Assert.Contains("A server uses", await RunAsync("restore", server.DataFolder, 1, file, "--force"), StringComparison.Ordinal);
        var restored = Path.Combine(_folder, "data");
        Directory.CreateDirectory(restored);
        await File.WriteAllTextAsync(Path.Combine(restored, "something"), "", Cancellation);
        Assert.Contains("is not empty", await RunAsync("restore", restored, 1, file), StringComparison.Ordinal);
        await RunAsync("restore", restored, 0, file, "--force");
        Assert.False(Directory.Exists(Path.Combine(restored, "payloads", "rounds")));
        Assert.False(Directory.Exists(Path.Combine(restored, "keys")));

        // The calm run is the oracle: the restored run starts its second round again, and ends with the same weights.
        await PutAsync(devices[1..], open, 2);
        await FinishAsync(devices, from: 3);
        var calm = await CompletedAsync(tenant);
        await server.KillAsync();

        await using var second = new ServerProcess(restored);
        await second.StartAsync(Cancellation);
        using var again = new Tenant(second, tenant.Key);
        Assert.Equal(published, await VersionsAsync(again));
        var same = await ScriptedDevice.RegisterAsync(again, Layout, Devices, Cancellation);
        await FinishAsync(same, from: 2);
        Assert.Equal(calm, await CompletedAsync(again));

        using var otherAgain = new Tenant(second, other.Key);
        var busyAgain = await ScriptedDevice.RegisterAsync(otherAgain, Layout, Devices, Cancellation);
        var round = await otherAgain.CurrentRoundAsync(Cancellation);
        await PutAllAsync(busyAgain, round);
        await otherAgain.UntilAsync(async () => await otherAgain.CurrentRoundAsync(Cancellation) > round, "the other run to go on", Cancellation);
    }

    [Fact]
    public async Task Restore_OfADamagedOrCutOffBackup_IsRefusedAndChangesNothing()
    {
        await using var server = new ServerProcess();
        await server.StartAsync(Cancellation);
        using var tenant = await Tenant.CreateAsync(server, Cancellation);
        await tenant.PushAsync(Layout, Cancellation);
        await server.KillAsync();
        var file = Path.Combine(_folder, "backup.tar");
        await RunAsync("backup", server.DataFolder, 0, file);
        Assert.Contains("exists", await RunAsync("backup", server.DataFolder, 1, file), StringComparison.Ordinal);
        var bytes = await File.ReadAllBytesAsync(file, Cancellation);
        var target = Path.Combine(_folder, "data");

        var damaged = bytes.ToArray();
        damaged[bytes.Length / 2] ^= 1;
        Assert.Contains("damaged", await RestoreAsync(damaged, target), StringComparison.Ordinal);
        Assert.Contains("cut off", await RestoreAsync(bytes[..(bytes.Length / 2)], target), StringComparison.Ordinal);
        Assert.Contains("no backup", await RestoreAsync([1, 2, 3], target), StringComparison.Ordinal);
        Assert.Equal(["server.lock"], Directory.GetFileSystemEntries(target).Select(entry => Path.GetFileName(entry)));
        Assert.Contains("is no data folder", await RunAsync("backup", target, 1, Path.Combine(_folder, "other.tar")), StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<Tenant> TrainOnceAsync(ServerProcess server)
    {
        var tenant = await Tenant.CreateAsync(server, Cancellation);
        await tenant.PushAsync(Layout, Cancellation);
        var devices = await ScriptedDevice.RegisterAsync(tenant, Layout, Devices, Cancellation);
        await StartAsync(tenant, 1);
        await PutAllAsync(devices, 1);
        await CompletedAsync(tenant);
        return tenant;
    }

    private static Task StartAsync(Tenant tenant, int rounds) =>
        tenant.StartRunAsync(Cancellation, ("rounds", rounds), ("min_devices", Devices), ("min_updates", Devices));

    private static async Task FinishAsync(ScriptedDevice[] devices, int from)
    {
        for (var round = from; round <= Rounds; round++)
        {
            await PutAllAsync(devices, round);
        }
    }

    private static async Task PutAllAsync(ScriptedDevice[] devices, int round) =>
        await PutAsync(devices, (await Task.WhenAll(devices.Select(device => device.RoundAsync(round, Cancellation))))[0], round);

    private static async Task PutAsync(ScriptedDevice[] devices, string roundId, int round)
    {
        foreach (var device in devices)
        {
            Assert.Equal(HttpStatusCode.OK, (await device.PutAsync(roundId, round, Cancellation)).Status);
        }
    }

    private static async Task<string> CompletedAsync(Tenant tenant)
    {
        await tenant.UntilAsync(async () => (await tenant.StatusAsync(Cancellation)).GetProperty("status").GetString() == "COMPLETED", "the run to complete", Cancellation);
        return (await VersionsAsync(tenant))[0];
    }

    /// <summary>The SHA-256 of the bytes of every version, the newest first.</summary>
    private static async Task<List<string>> VersionsAsync(Tenant tenant)
    {
        var listed = await tenant.Http.GetFromJsonAsync<JsonElement>($"/api/v1/models/{Tenant.Model}/versions", Cancellation);
        var versions = new List<string>();

        foreach (var version in listed.GetProperty("versions").EnumerateArray())
        {
            var bytes = await tenant.Http.GetByteArrayAsync($"/api/v1/models/{Tenant.Model}/versions/{version.GetProperty("version").GetString()}/download", Cancellation);
            versions.Add(Convert.ToHexStringLower(SHA256.HashData(bytes)));
            Assert.Equal(version.GetProperty("sha256").GetString(), versions[^1]);
        }

        return versions;
    }

    private async Task<string> RestoreAsync(byte[] backup, string target)
    {
        var file = Path.Combine(_folder, "changed.tar");
        await File.WriteAllBytesAsync(file, backup, Cancellation);
        return await RunAsync("restore", target, 1, file);
    }

    private static async Task<string> RunAsync(string script, string dataFolder, int exitCode, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(Repository.Root, "scripts", script), arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["OCTOMIL_DATA"] = dataFolder },
        })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(Cancellation), process.StandardError.ReadToEndAsync(Cancellation));
        await process.WaitForExitAsync(Cancellation);
        var said = await output + await errors;
        Assert.True(process.ExitCode == exitCode, $"scripts/{script} ended with {process.ExitCode}: {said}");
        return said;
    }
}
