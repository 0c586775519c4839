using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Connections.Client;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Octomil.Deployments;
using Octomil.Devices;
using Octomil.Training;

namespace Octomil.DeviceSimulator.Connections;

/// <summary>
/// One connection of one device to the hub, by the real client library. Everything that can be shared between thousands of them is:
/// the protocol, the services, the handler that opens sockets.
/// </summary>
internal sealed class DeviceLink : IAsyncDisposable
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ServerTimeout = TimeSpan.FromSeconds(90);

    // As the SDK: nothing below ends an attempt that is accepted and never answered.
    private static readonly TimeSpan LongestAttempt = TimeSpan.FromSeconds(40);
    private static readonly SharedServices Services = new(new ServiceCollection().AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance).BuildServiceProvider());
    private static readonly HttpMessageInvoker Sockets = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(30) });
    private static readonly MessagePackHubProtocol Protocol = new(Options.Create(new MessagePackHubProtocolOptions { SerializerOptions = HubMessages.Options }));

    private readonly HubConnection _connection;
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WebSocket? _socket;

    /// <param name="hub">The hub's address.</param>
    /// <param name="apiKey">The key that the device connects with.</param>
    /// <param name="assigned">Told every pushed assignment.</param>
    /// <param name="closed">Told the id of every round that is over.</param>
    /// <param name="versions">Told every version that the device should run.</param>
    public DeviceLink(Uri hub, string apiKey, Action<RoundAssignmentMessage> assigned, Action<string> closed, Action<AssignedVersion>? versions = null)
    {
        var options = new HttpConnectionOptions
        {
            SkipNegotiation = true,
            Transports = HttpTransportType.WebSockets,
            WebSocketFactory = async (context, cancellationToken) => _socket = await OpenAsync(context.Uri, apiKey, cancellationToken),
        };
        _connection = new HubConnection(
            new HttpConnectionFactory(Options.Create(options), NullLoggerFactory.Instance), Protocol, new UriEndPoint(hub), Services, NullLoggerFactory.Instance)
        {
            KeepAliveInterval = KeepAlive,
            ServerTimeout = ServerTimeout,
        };
        _connection.On(nameof(IDeviceHubClient.RoundAssigned), assigned);
        _connection.On<string, string>(nameof(IDeviceHubClient.RoundClosed), (roundId, _) => closed(roundId));
        _connection.On<string, string, string>(nameof(IDeviceHubClient.VersionAssigned), (modelId, version, sha256) =>
            versions?.Invoke(new AssignedVersion { ModelId = modelId, Version = version, Sha256 = sha256 }));
        _connection.Closed += _ =>
        {
            _lost.TrySetResult();
            return Task.CompletedTask;
        };
    }

    /// <summary>Completes when the connection is gone.</summary>
    public Task Lost => _lost.Task;

    /// <summary>Connects and names the device; not for longer than 40 seconds.</summary>
    /// <exception cref="OperationCanceledException">It took longer, or was cancelled.</exception>
    public async Task<HelloResponse> OpenAsync(string deviceId, CancellationToken cancellationToken)
    {
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        attempt.CancelAfter(LongestAttempt);
        await _connection.StartAsync(attempt.Token);
        return await _connection.InvokeAsync<HelloResponse>(nameof(IDeviceHub.Hello), deviceId, (DeviceFacts?)null, attempt.Token);
    }

    public Task<VersionReportReceipt> ReportAsync(VersionReportMessage report, CancellationToken cancellationToken) =>
        _connection.InvokeAsync<VersionReportReceipt>(nameof(IDeviceHub.ReportVersion), report, cancellationToken);

    /// <summary>Ends the connection as a network does: without a word.</summary>
    public void Drop() => _socket?.Abort();

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static async Task<WebSocket> OpenAsync(Uri uri, string apiKey, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.SetRequestHeader("Authorization", $"Bearer {apiKey}");

            // SignalR has a keep-alive of its own.
            socket.Options.KeepAliveInterval = TimeSpan.Zero;
            await socket.ConnectAsync(uri, Sockets, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // A connection that is disposed disposes the services it was given; these are everybody's.
    private sealed class SharedServices(IServiceProvider services) : IServiceProvider
    {
        public object? GetService(Type serviceType) => services.GetService(serviceType);
    }
}
