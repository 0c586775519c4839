using Octomil.Client.Connections;
using Octomil.Client.Http;
using Octomil.Client.Rounds;
using Octomil.Client.Versions;

namespace Octomil.Client.Sessions;

/// <summary>A registered device at work: connected, asking, beating, and taking part in one round at a time until its goal is reached.</summary>
internal sealed class DeviceSession(OctomilApi api, DeviceRegistration device, ClientSettings settings, ISessionGoal goal)
{
    /// <summary>Follows the versions that the device should run; null: nobody does.</summary>
    public VersionFollower? Follower { get; init; }

    /// <summary>Sends what inferences counted.</summary>
    public TelemetrySender? Telemetry { get; init; }

    /// <summary>Returns when the goal is reached.</summary>
    /// <param name="connect">Makes the hub connection.</param>
    /// <param name="cancellationToken">Ends the session.</param>
    /// <exception cref="OctomilException">The device was revoked.</exception>
    /// <exception cref="OperationCanceledException">The session was ended.</exception>
    public async Task RunAsync(Func<DeviceInbox, DeviceHub> connect, CancellationToken cancellationToken)
    {
        var serverClock = new ServerClock(settings.Clock);
        using var queue = new RoundQueue(round => goal.ModelFor(round) is not null, serverClock, settings.Clock);
        var inbox = new DeviceInbox(queue, settings, Follower);
        var link = new HubLink(connect, serverClock, new DeviceCaller(api, device), inbox, settings) { Telemetry = Telemetry };
        var poller = new AssignmentPoller(api, device, inbox, link, settings);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] parts =
        [
            link.RunAsync(stop.Token), link.BeatAsync(stop.Token), poller.RunAsync(stop.Token), inbox.Revoked.WaitAsync(stop.Token),
            WorkAsync(inbox, new RoundParticipant(api, settings, serverClock), stop.Token), goal.WatchAsync(inbox, stop.Token),
            .. Follower is null ? [] : new[] { Follower.RunAsync(stop.Token) },
        ];
        var first = await Task.WhenAny(parts);
        await stop.CancelAsync();
        await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    private async Task WorkAsync(DeviceInbox inbox, RoundParticipant participant, CancellationToken cancellationToken)
    {
        var lengths = new RunLengths(api);
        while (true)
        {
            using var work = await inbox.Queue.TakeAsync(cancellationToken);
            var round = work.Assignment;
            if (goal.ModelFor(round) is not { } model)
            {
                inbox.Queue.Finish(work, failed: true);
                continue;
            }

            goal.OnStarted(round);
            var number = await lengths.DescribeAsync(round, cancellationToken);
            RoundLog.Selected(settings.Logger, number, round.Model, round.Kind, round.Deadline);
            var participation = await participant.TakePartAsync(work, model, device.RequiredId, cancellationToken);
            inbox.Queue.Finish(work, participation.Outcome is RoundOutcome.Failed or RoundOutcome.Refused or RoundOutcome.NotSupported);
            goal.OnEnded(participation);
            inbox.RunMayHaveEnded.Set();
        }
    }
}
