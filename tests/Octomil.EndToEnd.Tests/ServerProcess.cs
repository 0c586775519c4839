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

    private readonly bool _ownsData;
    private readonly int _port = FreePort();
    private readonly Dictionary<string, string> _environment;
    private readonly Lazy<HttpClient> _http;
    private RunningProcess? _process;

    /// <param name="dataFolder">Null: a temporary one, deleted in the end.</param>
    /// <param name="settings">Settings in the environment's spelling, such as <c>Octomil__Rounds__BufferWait</c>.</param>
    public ServerProcess(string? dataFolder = null, params ReadOnlySpan<(string Name, string Value)> settings)
    {
        _ownsData = dataFolder is null;
        DataFolder = dataFolder ?? Directory.CreateTempSubdirectory("octomil-e2e-").FullName;
        _http = new Lazy<HttpClient>(() => CreateHttp(Key));
        _environment = new() { ["OCTOMIL_DATA"] = DataFolder, ["OCTOMIL_BOOTSTRAP_KEY"] = Key };

        foreach (var (name, value) in settings)
        {
            _environment[name] = value;
        }
    }

    public string Address => $"http://{Place?.Host ?? "127.0.0.1"}:{_port}";

    public HttpClient Http => _http.Value;

    /// <summary>Where it runs; null: on this machine's loopback.</summary>
    public NetworkPlace? Place { get; init; }

    public string DataFolder { get; }

    /// <summary>The process, once it was started.</summary>
    public RunningProcess Process => _process ?? throw new InvalidOperationException("The server was not started.");

    public bool IsRunning => _process is not null;

    /// <summary>Starts it and does not wait until it answers.</summary>
    public void Launch() => _process = Place is null
        ? RunningProcess.Start(Programs.Server, ["--urls", Address], _environment)
        : Place.Start(Programs.Server, ["--urls", Address], _environment);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Launch();
        await UntilAsync(async () => (await Http.GetAsync("/api/v1/organizations/current", cancellationToken)).IsSuccessStatusCode, "the server to answer", cancellationToken);
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        await Process.KillAsync();
        await Process.DisposeAsync();
        _process = null;
    }

    public HttpClient CreateHttp(string key) =>
        new() { BaseAddress = new Uri(Address), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };

    public async Task<JsonElement> PostAsync(string path, object body, CancellationToken cancellationToken)
    {
        using var response = await Http.PostAsJsonAsync($"/api/v1{path}", body, cancellationToken);
        return (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(cancellationToken))!;
    }

    public Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken) =>
        Http.GetFromJsonAsync<JsonElement>($"/api/v1{path}", cancellationToken);

    public Task UntilAsync(Func<Task<bool>> condition, string what, CancellationToken cancellationToken) =>
        Wait.UntilAsync(condition, what, () => $"The server's log:\n{_process?.Log()}", cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_http.IsValueCreated)
        {
            Http.Dispose();
        }

        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        if (_ownsData)
        {
            Directory.Delete(DataFolder, recursive: true);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
