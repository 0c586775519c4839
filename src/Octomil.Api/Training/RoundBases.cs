using Octomil.Devices;
using Octomil.Organizations;

namespace Octomil.Training;

/// <summary>Finds the weights that a round starts from, for the devices of its cohort alone.</summary>
internal sealed class RoundBases(IRoundFolds folds, IGrainFactory grains, DeviceNames devices)
{
    public static Refusal Over => Refusal.Conflict(ErrorCodes.RoundNotOpen, "The round is over.");

    public async Task<Found<WeightsRef>> FindAsync(Caller caller, string roundId, string? device, CancellationToken cancellationToken)
    {
        if (device is not { Length: > 0 and <= 128 })
        {
            return new Found<WeightsRef>(Refusal.Invalid("device_id must be the id or identifier of a selected device; the assignment's base.url has it."));
        }

        // The fold knows the plan on this silo; a plan lists its whole cohort and is not fetched for every device.
        if (await folds.FindAsync(roundId, cancellationToken) is { } fold)
        {
            return fold.IsExcluded(caller.OrganizationId) ? Excluded : await ForAsync(caller, roundId, fold.Plan, device);
        }

        return await grains.GetRound(roundId).GetAsync() is not { } round ? Unknown(roundId)
            : round.Excluded.Contains(caller.OrganizationId) ? Excluded
            : round.Phase is RoundPhase.Open || !IsOf(caller, round.Plan) ? await ForAsync(caller, roundId, round.Plan, device)
            : new Found<WeightsRef>(Over);
    }

    private async Task<Found<WeightsRef>> ForAsync(Caller caller, string roundId, RoundPlan plan, string device)
    {
        if (!IsOf(caller, plan))
        {
            return Unknown(roundId);
        }

        // Another organization's selected device is no other than one that does not exist.
        if (!(await devices.FindActiveAsync(caller, device)).Is(out var found, out var refusal))
        {
            return new Found<WeightsRef>(refusal);
        }

        var index = plan.IndexOf(found.Id);
        return index >= 0 && plan.BaseOf(index).RoundId == roundId
            ? new Found<WeightsRef>(plan.BaseOf(index).Weights)
            : new Found<WeightsRef>(Refusal.Forbidden(ErrorCodes.NotSelected, "The device was not selected for this round."));
    }

    private static Found<WeightsRef> Excluded => new(SubmitAnswers.Of(SubmitUpdateResult.OrganizationSuspended)!);

    private static bool IsOf(Caller caller, RoundPlan plan) => plan.Organizations.Contains(caller.OrganizationId);

    private static Found<WeightsRef> Unknown(string roundId) => new(Refusal.NotFound("round", roundId));
}
