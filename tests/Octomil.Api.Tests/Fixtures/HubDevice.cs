using System.Threading.Channels;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Connections.Client;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Octomil.Deployments;
using Octomil.Devices;
using Octomil.Training;
using Xunit;

namespace Octomil.Api.Tests.Fixtures;

/// <summary>A device's connection to the hub, with what it was told.</summary>
internal sealed class HubDevice : IAsyncDisposable
{
    private readonly HubConnection _connection;
    private readonly Channel<RoundAssignmentMessage> _assigned = Channel.CreateUnbounded<RoundAssignmentMessage>();
    private readonly Channel<(string RoundId, string Outcome)> _closed = Channel.CreateUnbounded<(string, string)>();
    private readonly Channel<AssignedVersion> _versions = Channel.CreateUnbounded<AssignedVersion>();
    private readonly TaskCompletionSource<string> _revoked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<Exception?> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HubDevice(Uri address, string? key, HttpTransportType transport = HttpTransportType.WebSockets, bool messagePack = false, Action<HttpConnectionOptions>? tls = null)
    {
        var builder = new HubConnectionBuilder().WithUrl(new Uri(address, "/hubs/devices"), transport, options =>
        {
            options.AccessTokenProvider = () => Task.FromResult(key);
            tls?.Invoke(options);
        });
        builder = messagePack
            ? builder.AddMessagePackProtocol(options => options.SerializerOptions = DeviceServices.MessagePack)
            : builder.AddJsonProtocol(options => ContractJson.Configure(options.PayloadSerializerOptions));
        _connection = builder.Build();
        _connection.On<RoundAssignmentMessage>(nameof(IDeviceHubClient.RoundAssigned), assignment => _assigned.Writer.TryWrite(assignment));
        _connection.On<string, string>(nameof(IDeviceHubClient.RoundClosed), (round, outcome) => _closed.Writer.TryWrite((round, outcome)));
        _connection.On<string, string, string>(nameof(IDeviceHubClient.VersionAssigned), (modelId, version, sha256) =>
            _versions.Writer.TryWrite(new AssignedVersion { ModelId = modelId, Version = version, Sha256 = sha256 }));
        _connection.On<string>(nameof(IDeviceHubClient.Revoked), reason => _revoked.TrySetResult(reason));
        _connection.Closed += exception =>
        {
            _lost.TrySetResult(exception);
            return Task.CompletedTask;
        };
    }

    /// <summary>Completes when the connection is lost.</summary>
    public Task<Exception?> Lost => _lost.Task;

    /// <summary>Completes with the reason when the device is told that it may not go on.</summary>
    public Task<string> Revoked => _revoked.Task;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public Task StartAsync() => _connection.StartAsync(Cancellation);

    public Task<HelloResponse> HelloAsync(string deviceId, DeviceFacts? facts = null) =>
        _connection.InvokeAsync<HelloResponse>(nameof(IDeviceHub.Hello), deviceId, facts, Cancellation);

    public Task<HeartbeatResponse> HeartbeatAsync(DeviceFacts? facts = null) =>
        _connection.InvokeAsync<HeartbeatResponse>(nameof(IDeviceHub.Heartbeat), facts, Cancellation);

    public Task<VersionReportReceipt> ReportAsync(VersionReportMessage report) =>
        _connection.InvokeAsync<VersionReportReceipt>(nameof(IDeviceHub.ReportVersion), report, Cancellation);

    public Task<AssignedVersion> VersionAsync() => _versions.Reader.ReadAsync(Cancellation).AsTask().SoonAsync("the push of a version");

    /// <summary>What was pushed and not read.</summary>
    public bool HeardOfAVersion => _versions.Reader.TryPeek(out _);

    public Task<RoundAssignmentMessage> AssignedAsync() => _assigned.Reader.ReadAsync(Cancellation).AsTask().SoonAsync("the push of a round");

    public Task<(string RoundId, string Outcome)> ClosedAsync() => _closed.Reader.ReadAsync(Cancellation).AsTask().SoonAsync("news of a closed round");

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
