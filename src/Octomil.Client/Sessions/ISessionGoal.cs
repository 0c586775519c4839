using Octomil.Client.Rounds;
using Octomil.Training;

namespace Octomil.Client.Sessions;

/// <summary>Which rounds a session takes part in, and when it is over.</summary>
internal interface ISessionGoal
{
    /// <summary>What to train a round with; null: not this session's. Called often and from any thread.</summary>
    LocalModel? ModelFor(RoundAssignmentMessage round);

    /// <summary>A round begins.</summary>
    void OnStarted(RoundAssignmentMessage round);

    /// <summary>A round ended. An exception ends the session.</summary>
    void OnEnded(RoundParticipation participation);

    /// <summary>Returns when the session is over. An exception ends it too.</summary>
    Task WatchAsync(Connections.DeviceInbox inbox, CancellationToken cancellationToken);
}
