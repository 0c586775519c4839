using System.Net;
using Microsoft.AspNetCore.SignalR;
using Octomil.Client.Http;
using Octomil.Client.Versions;
using Octomil.Devices;

namespace Octomil.Client.Connections;

/// <summary>Keeps the hub connected for ever, greets on every connection, and sends heartbeats.</summary>
internal sealed class HubLink(Func<DeviceInbox, DeviceHub> connect, ServerClock serverClock, DeviceCaller caller, DeviceInbox inbox, ClientSettings settings)
{
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RefusedPause = TimeSpan.FromSeconds(60);

    // Nothing below ends an attempt that is accepted and never answered, as by a server that is frozen behind a proxy that is not. Longer
    // than servers wait for each other (30 s): what they can still answer, they do.
    private static readonly TimeSpan LongestAttempt = TimeSpan.FromSeconds(40);
    private readonly OctomilApi _api = caller.Api;
    private readonly DeviceRegistration _device = caller.Device;
    private volatile DeviceHub? _hub;
    private bool _wasConnected;
    private bool _saidNotConnected;

    public bool IsConnected => _hub is not null;

    /// <summary>Sends what inferences counted at the start, for a program that died before, and with every heartbeat.</summary>
    public TelemetrySender? Telemetry { get; init; }

    /// <summary>Connects again and again until the token is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var backoff = new Backoff(settings.Chance);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var pause = await ConnectOnceAsync(backoff, cancellationToken) ?? backoff.Next();
            await Task.Delay(pause, settings.Clock, cancellationToken);
        }
    }

    /// <summary>Sends heartbeats, by the hub or without it, until the token is cancelled.</summary>
    public async Task BeatAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await (Telemetry?.SendAsync(cancellationToken) ?? Task.CompletedTask);
            await Task.Delay(settings.Spread(HeartbeatInterval), settings.Clock, cancellationToken);
            await BeatOnceAsync(cancellationToken);
        }
    }

    /// <summary>Connects and greets anew, for a device that has another id now.</summary>
    public Task ReconnectAsync() => _hub?.StopAsync() ?? Task.CompletedTask;

    // Returns how long to pause when that is not the back-off's to say.
    private async Task<TimeSpan?> ConnectOnceAsync(Backoff backoff, CancellationToken cancellationToken)
    {
        await using var hub = connect(inbox);
        string? secret = null;
        try
        {
            secret = await _api.SecretAsync(cancellationToken);
            await OpenAsync(hub, cancellationToken);
            backoff.Reset();
            var reason = await hub.Lost.WaitAsync(cancellationToken);
            ConnectionLog.Lost(settings.Logger, reason);
            return null;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The transports throw exceptions of a dozen kinds; all of them mean: not now.
            return await AfterFailureAsync(exception, secret, cancellationToken);
        }
        finally
        {
            _hub = null;
            inbox.PollNow.Set();
        }
    }

    private async Task OpenAsync(DeviceHub hub, CancellationToken cancellationToken)
    {
        using var longest = new CancellationTokenSource(LongestAttempt, settings.Clock);
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(longest.Token, cancellationToken);

        try
        {
            await hub.StartAsync(attempt.Token);
            await GreetAsync(hub, attempt.Token);
        }
        catch (OperationCanceledException) when (longest.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer within {LongestAttempt.TotalSeconds:0} s");
        }
    }

    private async Task GreetAsync(DeviceHub hub, CancellationToken cancellationToken)
    {
        // The service's time comes first: the deadlines of what waits are read with it.
        var askedAt = inbox.Queue.Ask();
        var hello = await hub.HelloAsync(_device.RequiredId, DeviceDescription.Facts, cancellationToken);
        serverClock.Observe((await hub.HeartbeatAsync(DeviceDescription.Facts, cancellationToken)).ServerTime);
        (_hub, _wasConnected) = (hub, true);
        _saidNotConnected = false;
        ConnectionLog.Connected(settings.Logger, _api.Address.Root, _device.Identifier, hello.Assignments.Count);
        inbox.OnHello(hello, askedAt);
    }

    private async Task<TimeSpan?> AfterFailureAsync(Exception exception, string? secret, CancellationToken cancellationToken)
    {
        if (IsUnauthorized(exception))
        {
            if (secret is not null && await IsRenewedAsync(secret, cancellationToken))
            {
                return null;
            }

            if (!_wasConnected)
            {
                throw new OctomilException(HttpStatusCode.Unauthorized, ErrorCodes.Unauthorized, "The API key is not accepted.", exception);
            }

            var pause = settings.Spread(RefusedPause);
            ConnectionLog.KeyRefused(settings.Logger, pause.TotalSeconds);
            return pause;
        }

        if (!_saidNotConnected)
        {
            ConnectionLog.NotConnected(settings.Logger, _api.Address.Root, exception.GetBaseException().Message);
            _saidNotConnected = true;
        }

        if (exception is HubException)
        {
            await RegisterAgainAsync(cancellationToken);
        }

        return null;
    }

    private async Task<bool> IsRenewedAsync(string secret, CancellationToken cancellationToken)
    {
        try
        {
            return await _api.RenewAsync(secret, cancellationToken);
        }
        catch (OctomilException exception)
        {
            // Later: the tries go on.
            ConnectionLog.NotConnected(settings.Logger, _api.Address.Root, exception.Detail);
            return exception.IsTransient;
        }
    }

    // A service that lost its data refuses the greeting of a device it does not know.
    private async Task RegisterAgainAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _device.RegisterAsync(maxTries: 1, cancellationToken);
        }
        catch (OctomilException exception)
        {
            ConnectionLog.NotConnected(settings.Logger, _api.Address.Root, exception.Detail);
        }
    }

    private async Task BeatOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            var answer = await SendBeatAsync(cancellationToken);
            serverClock.Observe(answer.ServerTime);
            inbox.OnVersionsListed(answer.Versions);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The next one, or the connection's own time-out, tells more.
            ConnectionLog.HeartbeatFailed(settings.Logger, exception.GetBaseException().Message);
        }
    }

    private Task<HeartbeatResponse> SendBeatAsync(CancellationToken cancellationToken) => _hub is { } hub
        ? hub.HeartbeatAsync(DeviceDescription.Facts, cancellationToken)
        : _api.SendHeartbeatAsync(_device.RequiredId, DeviceDescription.Facts, cancellationToken);

    private static bool IsUnauthorized(Exception exception) => exception switch
    {
        HttpRequestException { StatusCode: HttpStatusCode.Unauthorized } => true,
        OctomilException { StatusCode: HttpStatusCode.Unauthorized } => true,
        AggregateException { InnerExceptions: var all } => all.Any(IsUnauthorized),
        _ => false,
    };
}
