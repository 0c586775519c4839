using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Octomil.EndToEnd.Cluster;

/// <summary>A real nginx with the configuration of <c>infra/nginx</c>, and a log of which server each request went to.</summary>
internal sealed class NginxProcess : IAsyncDisposable
{
    private const string Program = "/usr/sbin/nginx";

    private readonly string _folder = Directory.CreateTempSubdirectory("octomil-nginx-").FullName;
    private readonly int _port = FreePort();
    private readonly RunningProcess _process;

    private NginxProcess(IEnumerable<ServerProcess> servers)
    {
        var log = Path.Combine(_folder, "access.log");
        var configuration = File.ReadAllText(Path.Combine(Repository.Root, "infra/nginx/octomil.conf"))
            .Replace("@LISTEN@", $"127.0.0.1:{_port}", StringComparison.Ordinal)
            .Replace("@SERVERS@", string.Concat(servers.Select(server => $"server {new Uri(server.Address).Authority} fail_timeout=2s; ")), StringComparison.Ordinal)
            .Replace("@FOLDER@", _folder, StringComparison.Ordinal)
            .Replace("access_log off;", $"log_format servers '$arg_device $upstream_addr $status $request_method'; access_log {log} servers;", StringComparison.Ordinal);
        var path = Path.Combine(_folder, "nginx.conf");
        File.WriteAllText(path, configuration);
        _process = RunningProcess.Start(Program, ["-c", path, "-e", "stderr"], new Dictionary<string, string>());
    }

    public string Address => $"http://127.0.0.1:{_port}";

    /// <summary>Skips the test where there is no nginx.</summary>
    public static async Task<NginxProcess> StartAsync(IEnumerable<ServerProcess> servers)
    {
        Assert.SkipUnless(File.Exists(Program), "nginx is not installed (apt-get install nginx-light).");
        var nginx = new NginxProcess(servers);
        using var http = new HttpClient();
        await Wait.UntilAsync(
            async () => (await http.GetAsync($"{nginx.Address}/health/ready")).IsSuccessStatusCode, "nginx to answer", nginx._process.Log, TestContext.Current.CancellationToken);
        return nginx;
    }

    /// <summary>The servers that took a device's requests to the hub.</summary>
    public string[] ServersOf(string deviceId) =>
        [.. File.ReadLines(Path.Combine(_folder, "access.log")).Select(line => line.Split(' ')).Where(part => part[0] == deviceId).Select(part => part[1]).Distinct()];

    public async ValueTask DisposeAsync()
    {
        // Its workers end with it only where it ends by itself.
        _process.Signal("TERM");
        await _process.EndAsync(Wait.Patience, CancellationToken.None);
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
