using System.Threading.Channels;
using Octomil.Client.Http;
using Octomil.Deployments;
using Octomil.Devices;
using Octomil.DeviceSimulator.Connections;
using Octomil.Training;

namespace Octomil.DeviceSimulator;

/// <summary>
/// A device without data or training: it registers, connects and speaks the device protocol over real HTTP and SignalR; what it does
/// with a round is its participant's. Thousands of them fit in one process.
/// </summary>
internal sealed class SimulatedDevice(OctomilApi api, string apiKey, string identifier, IParticipant participant) : IAsyncDisposable
{
    private readonly Channel<RoundAssignmentMessage> _assignments = Channel.CreateUnbounded<RoundAssignmentMessage>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Lock _gate = new();
    private readonly HashSet<string> _done = new(StringComparer.Ordinal);
    private DeviceLink? _link;
    private (string RoundId, CancellationTokenSource Closed)? _working;

    /// <summary>The server of this device.</summary>
    public OctomilApi Api => api;

    public string ApiKey => apiKey;

    public string Identifier => identifier;

    /// <summary>Told every version that the device should run; called on the connection's own turn.</summary>
    public Action<SimulatedDevice, AssignedVersion>? VersionAssigned { get; init; }

    /// <summary>Null until it is registered.</summary>
    public string? Id { get; private set; }

    public bool IsConnected => _link is { Lost.IsCompleted: false };

    /// <summary>Completes when the connection is gone; at once where there is none.</summary>
    public Task Lost => _link?.Lost ?? Task.CompletedTask;

    /// <exception cref="OctomilException">Refused or unreachable.</exception>
    public async Task RegisterAsync(CancellationToken cancellationToken) =>
        Id = (await api.RegisterDeviceAsync(new RegisterDeviceRequest { DeviceIdentifier = identifier }, cancellationToken)).Id;

    /// <summary>Connects, registered or not, and takes what waits; from now on rounds may select it.</summary>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        if (Id is null)
        {
            await RegisterAsync(cancellationToken);
        }

        await (Interlocked.Exchange(ref _link, null)?.DisposeAsync() ?? ValueTask.CompletedTask);
        var link = new DeviceLink(api.Address.DeviceHubFor(Id!), apiKey, Take, Close, version => VersionAssigned?.Invoke(this, version));
        try
        {
            var hello = await link.OpenAsync(Id!, cancellationToken);
            _link = link;
            foreach (var assignment in hello.Assignments)
            {
                Take(assignment);
            }
        }
        finally
        {
            if (_link != link)
            {
                await link.DisposeAsync();
            }
        }
    }

    /// <summary>Says by the hub that it runs the version.</summary>
    public Task ReportActiveAsync(AssignedVersion version, CancellationToken cancellationToken) => _link!.ReportAsync(
        new VersionReportMessage { ModelId = version.ModelId, Version = version.Version, Status = VersionReportStatuses.Active }, cancellationToken);

    /// <summary>Asks for assignments, as a device does that may have missed a push.</summary>
    public async Task PollAsync(CancellationToken cancellationToken)
    {
        foreach (var assignment in await api.GetAssignmentsAsync(Id!, cancellationToken))
        {
            Take(assignment);
        }
    }

    /// <summary>Takes part in every round that selects it, until it is cancelled or its participant fails.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var assignment in _assignments.Reader.ReadAllAsync(cancellationToken))
        {
            if (_done.Add(assignment.RoundId))
            {
                await TakePartAsync(assignment, cancellationToken);
            }
        }
    }

    /// <summary>Loses the connection without a word.</summary>
    public void Drop() => _link?.Drop();

    public ValueTask DisposeAsync() => _link?.DisposeAsync() ?? ValueTask.CompletedTask;

    private async Task TakePartAsync(RoundAssignmentMessage assignment, CancellationToken cancellationToken)
    {
        using var closed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        lock (_gate)
        {
            _working = (assignment.RoundId, closed);
        }

        try
        {
            await participant.TakePartAsync(this, assignment, closed.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && closed.IsCancellationRequested)
        {
            // The round went on without this device.
        }
        finally
        {
            lock (_gate)
            {
                _working = null;
            }
        }
    }

    private void Take(RoundAssignmentMessage assignment)
    {
        participant.Assigned(this, assignment);
        _assignments.Writer.TryWrite(assignment);
    }

    private void Close(string roundId)
    {
        lock (_gate)
        {
            if (_working is { } working && working.RoundId == roundId)
            {
                working.Closed.Cancel();
            }
        }
    }
}
