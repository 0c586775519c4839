using Microsoft.Extensions.Options;
using Octomil.Devices;
using Octomil.Models;
using Octomil.Organizations;

namespace Octomil.Training;

/// <summary>A posted update on its way: whose, for which model, the row of its body, and when all of it had come (a timestamp of the clock).</summary>
internal sealed record PostedUpdate(Caller Caller, ModelSnapshot Model, DeviceSnapshot Device, PostedWeights Body, IPostedUpdateGrain Row)
{
    public required long Came { get; init; }
}

/// <summary>Finds the round that a posted update is for, and waits for rounds to close.</summary>
internal sealed class PostedRounds(IGrainFactory grains, IOptions<UploadOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>The open round of the model in which the device is selected; null where there is none, also after a wait for the next.</summary>
    public async Task<string?> FindAsync(PostedUpdate update, CancellationToken cancellationToken)
    {
        var device = grains.GetDevice(update.Device.Id);

        // A device that posts is there: it may be selected for the next round.
        await device.SeenAsync(update.Caller.OrganizationId, connectedTo: null, reported: null);
        while (true)
        {
            var assignments = await device.GetAssignmentsAsync(update.Caller.OrganizationId);
            if (assignments.FirstOrDefault(one => one.ModelId == update.Model.Id && one.Kind is RoundKind.Train) is { } assignment)
            {
                return assignment.RoundId;
            }

            if (clock.GetElapsedTime(update.Came) >= options.Value.PostedSelectionWait || !await IsTrainedAsync(update))
            {
                return null;
            }

            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    /// <summary>How the round ended; null where it has not within the wait, which began when the update had come.</summary>
    public async Task<RoundPhase?> UntilClosedAsync(PostedUpdate update, string roundId, CancellationToken cancellationToken)
    {
        while (true)
        {
            // A sealed round is closed for people once its run has the result.
            if (await grains.GetRound(roundId).GetOutcomeAsync() is { Phase: RoundPhase.Published or RoundPhase.Abandoned } outcome)
            {
                return outcome.Phase;
            }

            if (clock.GetElapsedTime(update.Came) >= options.Value.PostedWait)
            {
                return null;
            }

            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    /// <summary>True where the round ended without a result: whatever it counted is lost.</summary>
    public async Task<bool> IsAbandonedAsync(string roundId) => await grains.GetRound(roundId).GetOutcomeAsync() is { Phase: RoundPhase.Abandoned };

    public async Task<int> NumberAsync(string roundId) => (await grains.GetRound(roundId).GetAsync())?.Plan.RoundNumber ?? 0;

    private async Task<bool> IsTrainedAsync(PostedUpdate update) =>
        await grains.GetModel(update.Model.Id).GetAsync(update.Caller.OrganizationId) is { ActiveRun: { } run }
        && await grains.GetTrainingRun(run).GetBaseAsync(update.Caller.OrganizationId) is not null;
}
