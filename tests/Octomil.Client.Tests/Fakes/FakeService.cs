using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Octomil.Devices;
using Octomil.Training;

namespace Octomil.Client.Tests.Fakes;

/// <summary>Speaks the device protocol over real HTTP and SignalR; what it answers is up to the test.</summary>
internal sealed class FakeService : IAsyncDisposable
{
    public const string ApiKey = "edg_test_0123456789abcdef0123456789abcdef";
    private WebApplication? _app;
    private int _port;

    public FakeService(TimeProvider clock) => Clock = clock;

    public TimeProvider Clock { get; }

    /// <summary>The service's clock minus the device's.</summary>
    public TimeSpan ClockOffset { get; set; }

    public Uri Url => new($"http://127.0.0.1:{_port}");

    /// <summary>Keys that are accepted.</summary>
    public string AcceptedKey { get; set; } = ApiKey;

    /// <summary>The rounds that need the device, whichever asks.</summary>
    public List<RoundAssignmentMessage> Listed { get; } = [];

    /// <summary>What the greeting waits for; default: nothing.</summary>
    public Func<Task> OnHello { get; set; } = () => Task.CompletedTask;

    /// <summary>Answers a listing; default: what is listed.</summary>
    public Func<IResult?> OnPoll { get; set; } = () => null;

    /// <summary>Answers an update, given its try (from 1); null: accepted, and no longer listed.</summary>
    public Func<HttpContext, int, Task<IResult?>> OnUpdate { get; set; } = (_, _) => Task.FromResult<IResult?>(null);

    /// <summary>Answers a download, given its try (from 1); null: the whole file or the range.</summary>
    public Func<HttpContext, int, Task<bool>> OnDownload { get; set; } = (_, _) => Task.FromResult(false);

    /// <summary>The versions that the device should run.</summary>
    public List<AssignedVersion> Versions { get; } = [];

    /// <summary>The file of a version, whatever it is asked for; default: not found.</summary>
    public Func<HttpContext, int, Task<IResult>> OnVersion { get; set; } = (_, _) => Task.FromResult(Results.NotFound());

    public Func<IResult?> OnTelemetry { get; set; } = () => null;

    /// <summary>Renews a device's tokens; default: refused.</summary>
    public Func<DeviceRefreshRequest, IResult> OnRefresh { get; set; } = _ => Results.Unauthorized();

    public Func<IResult?> OnStatus { get; set; } = () => null;

    public TrainingStatusResponse? Status { get; set; }

    public FakeWeights Base { get; set; } = FakeWeights.Of(1, 2, 3);

    /// <summary>Requests and hub calls, as <c>PUT /path</c> or <c>Hello</c>.</summary>
    public Journal<RecordedCall> Calls { get; } = new("call");

    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, _port));
        builder.Services.AddSingleton(this);
        builder.Services.ConfigureHttpJsonOptions(options => ContractJson.Configure(options.SerializerOptions));
        builder.Services.AddSignalR().AddJsonProtocol(options => ContractJson.Configure(options.PayloadSerializerOptions));
        _app = builder.Build();
        _app.UseWebSockets();
        FakeEndpoints.Map(_app, this);
        _app.MapHub<FakeDeviceHub>("/hubs/devices");
        await _app.StartAsync();
        _port = new Uri(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
    }

    public async Task StopAsync()
    {
        if (_app is { } app)
        {
            _app = null;
            using var atOnce = new CancellationTokenSource();
            await atOnce.CancelAsync();
            await app.StopAsync(atOnce.Token);
            await app.DisposeAsync();
        }
    }

    public IDeviceHubClient Devices => _app!.Services.GetRequiredService<IHubContext<FakeDeviceHub, IDeviceHubClient>>().Clients.All;

    public bool Accepts(HttpRequest request) =>
        request.Path.StartsWithSegments("/api/v1/auth") || request.Headers.Authorization == $"Bearer {AcceptedKey}" || request.Query["access_token"] == AcceptedKey;

    public Task<RecordedCall> CallAsync(string start) => Calls.NextAsync(call => call.What.StartsWith(start, StringComparison.Ordinal), start);

    public async ValueTask DisposeAsync() => await StopAsync();
}
