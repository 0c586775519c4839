using System.Buffers;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Octomil.Client.Http;
using Octomil.Devices;
using Octomil.Training;

namespace Octomil.DeviceSimulator;

/// <summary>
/// A device without data or training: it speaks the device protocol over real HTTP and SignalR, reads the base weights without keeping
/// them, and answers with bytes that were made before. Many of them fit in one process.
/// </summary>
internal sealed class SimulatedDevice(OctomilApi api, string apiKey, string identifier, Func<RoundAssignmentMessage, ReadOnlyMemory<byte>> update) : IAsyncDisposable
{
    private const int ReadBytes = 256 * 1024;

    private readonly Channel<RoundAssignmentMessage> _assignments = Channel.CreateUnbounded<RoundAssignmentMessage>();
    private HubConnection? _connection;

    /// <summary>Called as soon as an assignment arrives, on the connection's own turn.</summary>
    public Action<RoundAssignmentMessage>? Assigned { get; init; }

    /// <summary>Called before an update is sent.</summary>
    public Func<RoundAssignmentMessage, Task>? Sending { get; init; }

    /// <summary>Called when an update was counted.</summary>
    public Action<RoundAssignmentMessage>? Counted { get; init; }

    public string? Id { get; private set; }

    /// <summary>Registers and connects; from now on rounds may select it.</summary>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        Id = (await api.RegisterDeviceAsync(new RegisterDeviceRequest { DeviceIdentifier = identifier }, cancellationToken)).Id;
        _connection = new HubConnectionBuilder()
            .WithUrl(api.Address.DeviceHub, options => options.AccessTokenProvider = () => Task.FromResult<string?>(apiKey))
            .AddJsonProtocol(options => ContractJson.Configure(options.PayloadSerializerOptions))
            .Build();
        _connection.On<RoundAssignmentMessage>(nameof(IDeviceHubClient.RoundAssigned), Take);
        await _connection.StartAsync(cancellationToken);
        var hello = await _connection.InvokeAsync<HelloResponse>(nameof(IDeviceHub.Hello), Id, (DeviceFacts?)null, cancellationToken);

        foreach (var assignment in hello.Assignments)
        {
            Take(assignment);
        }
    }

    /// <summary>Takes part in every round that selects it.</summary>
    /// <exception cref="OctomilException">The service refused something.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var done = new HashSet<string>(StringComparer.Ordinal);

        await foreach (var assignment in _assignments.Reader.ReadAllAsync(cancellationToken))
        {
            if (assignment.Kind == RoundKinds.Train && done.Add(assignment.RoundId))
            {
                await DownloadAsync(assignment, cancellationToken);
                await (Sending?.Invoke(assignment) ?? Task.CompletedTask);
                await SendAsync(assignment, cancellationToken);
                Counted?.Invoke(assignment);
            }
        }
    }

    public ValueTask DisposeAsync() => _connection?.DisposeAsync() ?? ValueTask.CompletedTask;

    private void Take(RoundAssignmentMessage assignment)
    {
        Assigned?.Invoke(assignment);
        _assignments.Writer.TryWrite(assignment);
    }

    // A busy service says when to come again; one that is away is asked again.
    private async Task SendAsync(RoundAssignmentMessage assignment, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await api.PutUpdateAsync(assignment.RoundId, Id!, update(assignment), cancellationToken);
                return;
            }
            catch (OctomilException exception) when (exception.IsTransient)
            {
                await Task.Delay(exception.RetryAfter ?? TimeSpan.FromSeconds(1), cancellationToken);
            }
        }
    }

    private async Task DownloadAsync(RoundAssignmentMessage assignment, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, api.Address.Resolve(assignment.Base.Url));
        using var response = await api.SendAsync(request, cancellationToken);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);

        try
        {
            var total = 0L;

            while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
            {
                total += count;
            }

            if (total != assignment.Base.Bytes)
            {
                throw new InvalidDataException($"The base weights have {total} bytes, not {assignment.Base.Bytes}.");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
