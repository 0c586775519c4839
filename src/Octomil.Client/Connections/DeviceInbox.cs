using System.Collections.Concurrent;
using Octomil.Client.Http;
using Octomil.Client.Rounds;
using Octomil.Client.Versions;
using Octomil.Devices;
using Octomil.Training;

namespace Octomil.Client.Connections;

/// <summary>Where everything the service tells this device ends up. Safe for concurrent use.</summary>
internal sealed class DeviceInbox(RoundQueue queue, ClientSettings settings, VersionFollower? follower = null)
{
    private readonly ConcurrentDictionary<string, AssignedVersion> _told = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _revoked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RoundQueue Queue => queue;

    /// <summary>Asks for a listing at once.</summary>
    public Pulse PollNow { get; } = new(settings.Clock);

    /// <summary>A round closed or ended here: the run may have ended too.</summary>
    public Pulse RunMayHaveEnded { get; } = new(settings.Clock);

    /// <summary>Faults with an <see cref="OctomilException"/> when the device is revoked; never completes otherwise.</summary>
    public Task Revoked => _revoked.Task;

    public void OnHello(HelloResponse hello, long askedAt)
    {
        queue.OfferListed(hello.Assignments, askedAt);
        OnVersionsListed(hello.Versions);
    }

    /// <summary>What a greeting or a heartbeat says of versions.</summary>
    public void OnVersionsListed(IReadOnlyList<AssignedVersion>? versions)
    {
        foreach (var version in versions ?? [])
        {
            OnVersionAssigned(version);
        }
    }

    public void OnRoundAssigned(RoundAssignmentMessage assignment)
    {
        if (!queue.OfferPushed(assignment))
        {
            PollNow.Set();
        }
    }

    public void OnRoundClosed(string roundId, string outcome)
    {
        RoundLog.Closed(settings.Logger, roundId, outcome);
        queue.Close(roundId, outcome);
        RunMayHaveEnded.Set();
    }

    public void OnVersionAssigned(AssignedVersion version)
    {
        follower?.Offer(version);

        // Every heartbeat says it again; the program hears it once.
        if (_told.TryGetValue(version.ModelId, out var told) && told.Version == version.Version && told.Sha256 == version.Sha256)
        {
            return;
        }

        _told[version.ModelId] = version;
        ConnectionLog.VersionAssigned(settings.Logger, version.ModelId, version.Version);
        try
        {
            settings.VersionAssigned?.Invoke(version);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // The program's own failure must not cost it its rounds.
            ConnectionLog.CallbackFailed(settings.Logger, exception);
        }
    }

    public void OnRevoked(string reason)
    {
        ConnectionLog.Revoked(settings.Logger, reason);
        _revoked.TrySetException(new OctomilException(null, OctomilException.Revoked, $"This device was revoked: {reason}"));
    }
}
