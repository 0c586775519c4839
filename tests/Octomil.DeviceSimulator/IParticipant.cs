using Octomil.Training;

namespace Octomil.DeviceSimulator;

/// <summary>What simulated devices do with rounds; one for many devices.</summary>
internal interface IParticipant
{
    /// <summary>Called as soon as an assignment arrives, on the connection's own turn; the same one may come again.</summary>
    void Assigned(SimulatedDevice device, RoundAssignmentMessage assignment);

    /// <summary>Takes part in one round; a device does one after the other. Cancelled when the round closes.</summary>
    Task TakePartAsync(SimulatedDevice device, RoundAssignmentMessage assignment, CancellationToken cancellationToken);
}
