using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;

namespace Octomil.EndToEnd;

/// <summary>The real server in a process of its own, with a data folder and a port that outlive it.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    public const string Key = "edg_test_0123456789abcdefghijABCDEFGHIJ01";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _data = Directory.CreateTempSubdirectory("octomil-e2e-").FullName;
    private readonly int _port = FreePort();
    private Process? _process;

    public ServerProcess() => Http = new HttpClient { BaseAddress = new Uri(Address), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Key) } };

    public string Address => $"http://127.0.0.1:{_port}";

    public HttpClient Http { get; }

    public string DataFolder => _data;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var program = Path.Combine(Repository.Root, "src", "Octomil.Server", "bin", Repository.Configuration, "net10.0", "Octomil.Server");
        var start = new ProcessStartInfo(program, ["--urls", Address])
        {
            WorkingDirectory = Path.GetDirectoryName(program)!,
            Environment = { ["OCTOMIL_DATA"] = _data, ["OCTOMIL_BOOTSTRAP_KEY"] = Key },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Lines.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => Lines.Enqueue(line.Data ?? "");
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await UntilAsync(async () => (await Http.GetAsync("/api/v1/organizations/current", cancellationToken)).IsSuccessStatusCode, "the server to answer", cancellationToken);
    }

    /// <summary>Its log; printed where a test fails.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<string> Lines { get; } = [];

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    public async Task<JsonElement> PostAsync(string path, object body, CancellationToken cancellationToken)
    {
        using var response = await Http.PostAsJsonAsync($"/api/v1{path}", body, cancellationToken);
        return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(cancellationToken))!;
    }

    public Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken) =>
        Http.GetFromJsonAsync<JsonElement>($"/api/v1{path}", cancellationToken);

    public async Task UntilAsync(Func<Task<bool>> condition, string what, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();

        while (true)
        {
            try
            {
                if (await condition())
                {
                    return;
                }
            }
            catch (HttpRequestException) when (Stopwatch.GetElapsedTime(started) < Patience)
            {
                // Not there yet.
            }

            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                throw new TimeoutException($"Waited {Patience} for {what}. The server's log:\n{string.Join('\n', Lines.TakeLast(60))}");
            }

            await Task.Delay(50, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();

        try
        {
            await KillAsync();
        }
        catch (InvalidOperationException)
        {
            // It was killed already.
        }

        Directory.Delete(_data, recursive: true);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
