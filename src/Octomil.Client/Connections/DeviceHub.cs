using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Octomil.Client.Http;
using Octomil.Devices;
using Octomil.Training;

namespace Octomil.Client.Connections;

/// <summary>
/// One SignalR connection, typed both ways, from its start to its loss. A new one is made for every try: the news of an old one's end may
/// come late.
/// </summary>
internal sealed class DeviceHub : IAsyncDisposable
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ServerTimeout = TimeSpan.FromSeconds(90);
    private readonly HubConnection _connection;
    private readonly TaskCompletionSource<string> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public DeviceHub(OctomilApi api, string deviceId, HttpMessageHandler? handler, DeviceInbox inbox)
    {
        _connection = new HubConnectionBuilder()
            .WithUrl(api.Address.DeviceHubFor(deviceId), HttpTransportType.WebSockets | HttpTransportType.LongPolling, options =>
            {
                options.AccessTokenProvider = () => api.SecretAsync(CancellationToken.None).AsTask();
                if (handler is not null)
                {
                    options.HttpMessageHandlerFactory = _ => new BorrowedHandler(handler);
                }
            })
            .WithKeepAliveInterval(KeepAlive)
            .WithServerTimeout(ServerTimeout)
            .AddJsonProtocol(options => ContractJson.Configure(options.PayloadSerializerOptions))
            .Build();
        _connection.On<RoundAssignmentMessage>(nameof(IDeviceHubClient.RoundAssigned), inbox.OnRoundAssigned);
        _connection.On<string, string>(nameof(IDeviceHubClient.RoundClosed), inbox.OnRoundClosed);
        _connection.On<string, string, string>(nameof(IDeviceHubClient.VersionAssigned), (modelId, version, sha256) =>
            inbox.OnVersionAssigned(new AssignedVersion { ModelId = modelId, Version = version, Sha256 = sha256 }));
        _connection.On<string>(nameof(IDeviceHubClient.Revoked), inbox.OnRevoked);
        _connection.Closed += exception =>
        {
            _lost.TrySetResult(exception?.GetBaseException().Message ?? "closed by the service");
            return Task.CompletedTask;
        };
    }

    /// <summary>Completes with the reason when the connection is lost.</summary>
    public Task<string> Lost => _lost.Task;

    public Task StartAsync(CancellationToken cancellationToken) => _connection.StartAsync(cancellationToken);

    public Task<HelloResponse> HelloAsync(string deviceId, DeviceFacts facts, CancellationToken cancellationToken) =>
        _connection.InvokeAsync<HelloResponse>(nameof(IDeviceHub.Hello), deviceId, facts, cancellationToken);

    public Task<HeartbeatResponse> HeartbeatAsync(DeviceFacts facts, CancellationToken cancellationToken) =>
        _connection.InvokeAsync<HeartbeatResponse>(nameof(IDeviceHub.Heartbeat), facts, cancellationToken);

    public Task StopAsync() => _connection.StopAsync(CancellationToken.None);

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    // SignalR disposes what it gets; the handler belongs to the caller.
    private sealed class BorrowedHandler(HttpMessageHandler inner) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker _inner = new(inner, disposeHandler: false);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            _inner.SendAsync(request, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            _inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
