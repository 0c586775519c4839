using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Octomil.Testing;

/// <summary>
/// A real PostgreSQL server on a temporary folder and a free port of loopback. It ends with the process that started it, also when
/// that one is killed: a shell beside it waits for the end of a pipe that only this process holds open.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string User = "octomil";
    private const string Loopback = "127.0.0.1";

    // Languages of the system must not matter: names are ordered by bytes where their order matters.
    private static readonly string[] _initialization =
        ["-U", User, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US", "--no-sync"];

    private static readonly Lazy<Task<PostgresServer>> _shared = new(() => StartAsync(CancellationToken.None));
    private static int _databases;

    private readonly string _folder;
    private readonly int _port;
    private readonly string _host;
    private readonly Process _watchdog;

    private PostgresServer(string folder, int port, string host)
    {
        (_folder, _port, _host) = (folder, port, host);
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true, WorkingDirectory = "/" };
        Array.ForEach(["-c", "trap '' INT TERM; cat > /dev/null; \"$@\"; rm -rf \"$0\"", folder, .. AsUser(Program("pg_ctl"), "stop", "-s", "-m", "immediate", "-D", Data)], start.ArgumentList.Add);
        _watchdog = Process.Start(start)!;
    }

    /// <summary>Why there can be no server here; null where there can. Tests are then to be skipped with this reason.</summary>
    public static string? Missing { get; } = WhatIsMissing();

    private string Data => Path.Combine(_folder, "data");

    /// <summary>One server for all tests of this process; each takes a database of its own.</summary>
    public static Task<PostgresServer> SharedAsync() => _shared.Value;

    /// <param name="network">An address of this machine with the length of its network's prefix, all of which may connect there; null: loopback.</param>
    public static async Task<PostgresServer> StartAsync(CancellationToken cancellationToken, string? network = null)
    {
        var folder = Directory.CreateTempSubdirectory("octomil-postgres-").FullName;

        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync(["chown", "postgres", folder], cancellationToken);
        }

        var server = new PostgresServer(folder, FreePort(), network?.Split('/')[0] ?? Loopback);
        await RunAsync(AsUser(Program("initdb"), ["-D", server.Data, .. _initialization]), cancellationToken);

        if (network is not null)
        {
            await File.AppendAllTextAsync(Path.Combine(server.Data, "pg_hba.conf"), $"host all all {network} trust\n", cancellationToken);
        }

        await server.StartAgainAsync(cancellationToken);
        return server;
    }

    /// <summary>Makes a new, empty database and returns how to connect to it.</summary>
    public async Task<string> CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref _databases)}");
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
        return ConnectionString(name);
    }

    /// <summary>Ends it as a power cut would (<c>immediate</c>), or as an administrator would (<c>fast</c>).</summary>
    public Task StopAsync(string mode, CancellationToken cancellationToken) =>
        RunAsync(AsUser(Program("pg_ctl"), "stop", "-w", "-s", "-m", mode, "-D", Data), cancellationToken);

    /// <summary>Starts it on the same port; returns when it takes connections.</summary>
    public Task StartAgainAsync(CancellationToken cancellationToken) => RunAsync(
        AsUser(Program("pg_ctl"), "start", "-w", "-s", "-t", "120", "-D", Data, "-l", Path.Combine(_folder, "data", "log"), "-o",
            $"-c listen_addresses={_host} -c port={_port} -c unix_socket_directories='' -c max_connections=300 -c shared_buffers=32MB"),
        cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _watchdog.StandardInput.Close();
        await _watchdog.WaitForExitAsync();
        _watchdog.Dispose();
    }

    private string ConnectionString(string database) => string.Create(
        CultureInfo.InvariantCulture, $"Host={_host};Port={_port};Username={User};Database={database};Maximum Pool Size=30");

    private static string? WhatIsMissing()
    {
        if (!OperatingSystem.IsLinux() || FindPrograms() is null)
        {
            return "PostgreSQL is not installed (apt-get install postgresql).";
        }

        return Environment.IsPrivilegedProcess && !File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal))
            ? "PostgreSQL does not run as root, and there is no user postgres."
            : null;
    }

    private static string? FindPrograms() => Directory.Exists("/usr/lib/postgresql")
        ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Max()
        : null;

    private static string Program(string name) => Path.Combine(FindPrograms() ?? throw new InvalidOperationException(Missing), name);

    // It refuses to run as root.
    private static string[] AsUser(string program, params string[] arguments) => Environment.IsPrivilegedProcess
        ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", program, .. arguments]
        : [program, .. arguments];

    private static async Task RunAsync(string[] command, CancellationToken cancellationToken)
    {
        // The server inherits its starter's streams and would keep a pipe open for ever; what goes wrong is in its log.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" > \"$0\" 2>&1", Path.GetTempFileName(), .. command]) { WorkingDirectory = "/" };
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync(cancellationToken);
        var output = await File.ReadAllTextAsync(start.ArgumentList[2], cancellationToken);
        File.Delete(start.ArgumentList[2]);

        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', command)} ended with code {process.ExitCode}:\n{output}");
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
