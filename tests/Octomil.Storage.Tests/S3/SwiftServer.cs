using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Octomil.Storage.S3;

/// <summary>
/// OpenStack Swift with its S3 interface, on one node, from Debian's packages: a server of others' that checks signatures, and lacks
/// what many lack (conditional writes, signed chunks, deletion of several at once).
/// </summary>
public sealed class SwiftServer : IAsyncLifetime
{
    public const string AccessKey = "test:tester";
    public const string SecretKey = "secret";

    private static readonly string[] _services = ["account", "container", "object"];

    private readonly string _root = Directory.CreateTempSubdirectory("octomil-swift-").FullName;
    private readonly List<Process> _processes = [];
    private readonly Dictionary<string, int> _ports = [];

    public int Port => _ports["proxy"];

    public string Endpoint => $"http://127.0.0.1:{Port}";

    private string Etc => Path.Combine(_root, "etc");

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists("/usr/bin/swift-proxy-server"))
        {
            await RunAsync("apt-get", "install", "-y", "--no-install-recommends", "swift-proxy", "swift-account", "swift-container", "swift-object", "memcached");
        }

        Directory.CreateDirectory(Etc);
        Directory.CreateDirectory(Path.Combine(_root, "devices", "d1"));

        for (var tries = 1; !await TryStartAsync(); tries++)
        {
            // Most likely somebody took a port between its choice and its use.
            await StopAsync();

            if (tries == 3)
            {
                Directory.Delete(_root, recursive: true);
                throw new TimeoutException("Swift did not answer, three times.");
            }
        }
    }

    /// <summary>Makes a bucket. Swift's own interface makes it without a signature, but with its own token.</summary>
    public async Task CreateBucketAsync(string name) => await AskAsync(HttpMethod.Put, name);

    /// <summary>The names of all objects of a bucket, as the server itself has them.</summary>
    public async Task<string[]> ListAsync(string bucket) => (await AskAsync(HttpMethod.Get, $"{bucket}?format=plain")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Ends it: from now on nobody answers.</summary>
    public async Task StopAsync()
    {
        foreach (var process in _processes)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }

        _processes.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        Directory.Delete(_root, recursive: true);
    }

    private async Task<string> AskAsync(HttpMethod method, string path)
    {
        using var http = new HttpClient();
        using var signingIn = new HttpRequestMessage(HttpMethod.Get, $"{Endpoint}/auth/v1.0") { Headers = { { "X-Auth-User", AccessKey }, { "X-Auth-Key", SecretKey } } };
        using var token = await http.SendAsync(signingIn);
        var url = token.EnsureSuccessStatusCode().Headers.GetValues("X-Storage-Url").Single();
        using var asking = new HttpRequestMessage(method, $"{url}/{path}") { Headers = { { "X-Auth-Token", token.Headers.GetValues("X-Auth-Token").Single() } } };
        using var answer = await http.SendAsync(asking);
        return await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    private async Task WriteConfigurationAsync()
    {
        await WriteAsync("swift.conf", """
            [swift-hash]
            swift_hash_path_suffix = test
            [storage-policy:0]
            name = one
            default = yes
            """);

        foreach (var service in _services)
        {
            await WriteAsync($"{service}-server.conf", $"""
                {Common(service)}devices = {_root}/devices
                mount_check = false
                fallocate_reserve = 0
                [pipeline:main]
                pipeline = {service}-server
                [app:{service}-server]
                use = egg:swift#{service}
                """);
            var ring = Path.Combine(Etc, $"{service}.builder");
            File.Delete(ring);
            File.Delete(Path.Combine(Etc, $"{service}.ring.gz"));
            await RunAsync("swift-ring-builder", ring, "create", "4", "1", "0");
            await RunAsync("swift-ring-builder", ring, "add", $"r1z1-127.0.0.1:{_ports[service]}/d1", "1");
            await RunAsync("swift-ring-builder", ring, "rebalance");
        }

        await WriteAsync("proxy-server.conf", $"""
            {Common("proxy")}[pipeline:main]
            pipeline = catch_errors cache listing_formats bulk s3api tempauth slo dlo versioned_writes symlink proxy-server
            [app:proxy-server]
            use = egg:swift#proxy
            account_autocreate = true
            allow_account_management = true
            [filter:catch_errors]
            use = egg:swift#catch_errors
            [filter:cache]
            use = egg:swift#memcache
            memcache_servers = 127.0.0.1:{_ports["memcached"]}
            [filter:listing_formats]
            use = egg:swift#listing_formats
            [filter:bulk]
            use = egg:swift#bulk
            [filter:s3api]
            use = egg:swift#s3api
            auth_pipeline_check = false
            location = us-east-1
            [filter:tempauth]
            use = egg:swift#tempauth
            user_test_tester = {SecretKey} .admin
            [filter:slo]
            use = egg:swift#slo
            [filter:dlo]
            use = egg:swift#dlo
            [filter:versioned_writes]
            use = egg:swift#versioned_writes
            allow_versioned_writes = true
            allow_object_versioning = true
            [filter:symlink]
            use = egg:swift#symlink
            """);
    }

    private string Common(string service) => $"""
        [DEFAULT]
        bind_ip = 127.0.0.1
        bind_port = {_ports[service]}
        swift_dir = {Etc}
        user = {Environment.UserName}
        workers = 0
        log_level = ERROR

        """;

    private Task WriteAsync(string name, string content) => File.WriteAllTextAsync(Path.Combine(Etc, name), content + "\n");

    // All at once, so that no two are the same.
    private void TakePorts()
    {
        var listeners = new List<TcpListener>();

        foreach (var name in (string[])[.. _services, "proxy", "memcached"])
        {
            var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            listeners.Add(listener);
            _ports[name] = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        listeners.ForEach(listener => listener.Dispose());
    }

    private async Task<bool> TryStartAsync()
    {
        TakePorts();
        await WriteConfigurationAsync();
        _processes.Add(Start("memcached", "-u", "root", "-l", "127.0.0.1", "-p", $"{_ports["memcached"]}"));

        foreach (var service in (string[])[.. _services, "proxy"])
        {
            _processes.Add(Start($"/usr/bin/swift-{service}-server", Path.Combine(Etc, $"{service}-server.conf")));
        }

        var started = Stopwatch.StartNew();

        while (started.Elapsed < TimeSpan.FromMinutes(1) && !_processes.Exists(process => process.HasExited))
        {
            try
            {
                await CreateBucketAsync("all-of-it-answers");
                return true;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(100);
            }
        }

        return false;
    }

    // What they print is nobody's: a process that outlives a killed test must not hold the runner's own output open.
    private Process Start(string file, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(file, arguments)
        {
            Environment = { ["SWIFT_DIR"] = Etc }, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private async Task RunAsync(string file, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, Environment = { ["SWIFT_DIR"] = Etc } })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();

        // The ring builder exits with 1 for a warning.
        if (process.ExitCode > 1)
        {
            throw new InvalidOperationException($"{file} {string.Join(' ', arguments)} failed: {await output} {await errors}");
        }
    }
}
