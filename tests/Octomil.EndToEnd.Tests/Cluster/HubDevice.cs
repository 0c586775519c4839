using System.Threading.Channels;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Octomil.Client.Http;
using Octomil.Devices;
using Octomil.Training;

namespace Octomil.EndToEnd.Cluster;

/// <summary>A device's connection to the hub alone: what it hears there it was told, and did not ask for.</summary>
internal sealed class HubDevice : IAsyncDisposable
{
    private readonly HubConnection _connection;
    private readonly Channel<RoundAssignmentMessage> _assigned = Channel.CreateUnbounded<RoundAssignmentMessage>();
    private readonly Channel<string> _closed = Channel.CreateUnbounded<string>();
    private readonly TaskCompletionSource<string> _revoked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HubDevice(string id, string apiBase, string key, HttpTransportType transport)
    {
        Id = id;
        _connection = new HubConnectionBuilder()
            .WithUrl(new ApiAddress(apiBase).DeviceHubFor(id), transport, options => options.AccessTokenProvider = () => Task.FromResult<string?>(key))
            .AddJsonProtocol(options => ContractJson.Configure(options.PayloadSerializerOptions))
            .Build();
        _connection.On<RoundAssignmentMessage>(nameof(IDeviceHubClient.RoundAssigned), assignment => _assigned.Writer.TryWrite(assignment));
        _connection.On<string, string>(nameof(IDeviceHubClient.RoundClosed), (round, _) => _closed.Writer.TryWrite(round));
        _connection.On<string>(nameof(IDeviceHubClient.Revoked), reason => _revoked.TrySetResult(reason));
        _connection.Closed += _ =>
        {
            _lost.TrySetResult();
            return Task.CompletedTask;
        };
    }

    public string Id { get; }

    public bool IsConnected => _connection.State is HubConnectionState.Connected;

    /// <summary>Connects and says who it is.</summary>
    public static async Task<HubDevice> ConnectAsync(
        string id, string apiBase, string key, HttpTransportType transport, CancellationToken cancellationToken)
    {
        var device = new HubDevice(id, apiBase, key, transport);
        await device._connection.StartAsync(cancellationToken);
        await device.HelloAsync(cancellationToken);
        return device;
    }

    public Task<HelloResponse> HelloAsync(CancellationToken cancellationToken) =>
        _connection.InvokeAsync<HelloResponse>(nameof(IDeviceHub.Hello), Id, (DeviceFacts?)null, cancellationToken);

    public Task HeartbeatAsync(CancellationToken cancellationToken) =>
        _connection.InvokeAsync<HeartbeatResponse>(nameof(IDeviceHub.Heartbeat), (DeviceFacts?)null, cancellationToken);

    /// <summary>The next round it is told of.</summary>
    public async Task<string> AssignedAsync(CancellationToken cancellationToken) =>
        (await SoonAsync(_assigned.Reader.ReadAsync(cancellationToken).AsTask(), "to be told of a round", cancellationToken)).RoundId;

    /// <summary>The next round whose end it is told of.</summary>
    public Task<string> ClosedAsync(CancellationToken cancellationToken) =>
        SoonAsync(_closed.Reader.ReadAsync(cancellationToken).AsTask(), "to be told that a round is closed", cancellationToken);

    public Task<string> RevokedAsync(CancellationToken cancellationToken) => SoonAsync(_revoked.Task, "to be told that it is revoked", cancellationToken);

    public async Task LostAsync(CancellationToken cancellationToken) => await SoonAsync(WhenLostAsync(), "to lose its connection", cancellationToken);

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task<bool> WhenLostAsync()
    {
        await _lost.Task;
        return true;
    }

    private async Task<T> SoonAsync<T>(Task<T> news, string what, CancellationToken cancellationToken)
    {
        try
        {
            return await news.WaitAsync(Wait.Patience, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Waited {Wait.Patience} for device {Id} {what}.");
        }
    }
}
