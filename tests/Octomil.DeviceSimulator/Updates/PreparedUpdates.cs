using Octomil.Client.Http;
using Octomil.DeviceSimulator.Connections;
using Octomil.Training;

namespace Octomil.DeviceSimulator.Updates;

/// <summary>Reads the base and answers with bytes that were made before; sends them again while the service is busy or away.</summary>
internal sealed class PreparedUpdates(Func<RoundAssignmentMessage, ReadOnlyMemory<byte>> update) : IParticipant
{
    /// <summary>Called as soon as an assignment arrives, on the connection's own turn.</summary>
    public Action<RoundAssignmentMessage>? Assigned { get; init; }

    /// <summary>Called before an update is sent.</summary>
    public Func<RoundAssignmentMessage, Task>? Sending { get; init; }

    /// <summary>Called when an update was counted.</summary>
    public Action<RoundAssignmentMessage>? Counted { get; init; }

    /// <summary>False: the devices have the base already.</summary>
    public bool ReadsBase { get; init; } = true;

    void IParticipant.Assigned(SimulatedDevice device, RoundAssignmentMessage assignment) => Assigned?.Invoke(assignment);

    /// <exception cref="OctomilException">The service refused something.</exception>
    public async Task TakePartAsync(SimulatedDevice device, RoundAssignmentMessage assignment, CancellationToken cancellationToken)
    {
        if (assignment.Kind != RoundKinds.Train)
        {
            return;
        }

        try
        {
            await AnswerAsync(device, assignment, cancellationToken);
            Counted?.Invoke(assignment);
        }
        catch (OctomilException exception) when (exception.Code == ErrorCodes.RoundNotOpen)
        {
            // It had enough updates of others. The device waits for the next round.
        }
    }

    private async Task AnswerAsync(SimulatedDevice device, RoundAssignmentMessage assignment, CancellationToken cancellationToken)
    {
        if (ReadsBase)
        {
            await BaseDownload.ReadAsync(device.Api, assignment.Base, Stream.Null, cancellationToken);
        }

        await (Sending?.Invoke(assignment) ?? Task.CompletedTask);
        await SendAsync(device, assignment, cancellationToken);
    }

    // A busy service says when to come again; one that is away is asked again.
    private async Task SendAsync(SimulatedDevice device, RoundAssignmentMessage assignment, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await device.Api.PutUpdateAsync(assignment.RoundId, device.Id!, update(assignment), cancellationToken);
                return;
            }
            catch (OctomilException exception) when (exception.IsTransient)
            {
                await Task.Delay(exception.RetryAfter ?? TimeSpan.FromSeconds(1), cancellationToken);
            }
        }
    }
}
