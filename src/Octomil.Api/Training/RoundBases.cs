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
            return await ForAsync(caller, roundId, fold.Plan, device);
        }

        return await grains.GetRound(roundId).GetAsync() is not { } round ? Unknown(roundId)
            : round.Phase is RoundPhase.Open || !IsOf(caller, round.Plan) ? await ForAsync(caller, roundId, round.Plan, device)
            : new Found<WeightsRef>(Over);
    }

    private async Task<Found<WeightsRef>> ForAsync(Caller caller, string roundId, RoundPlan plan, string device)
    {
        if (!IsOf(caller, plan))
        {
            return Unknown(roundId);
        }

        var index = plan.IndexOf(DeviceNames.Id(caller, device));
        if (index >= 0 && plan.Organizations[plan.OrganizationOfDevice[index]] == caller.OrganizationId && plan.BaseOf(index).RoundId == roundId)
        {
            return new Found<WeightsRef>(plan.BaseOf(index).Weights);
        }

        // Another organization's selected device is no other than one that does not exist.
        return (await devices.FindAsync(caller, device)).Is(out _, out var unknown)
            ? new Found<WeightsRef>(Refusal.Forbidden(ErrorCodes.NotSelected, "The device was not selected for this round."))
            : new Found<WeightsRef>(unknown);
    }

    private static bool IsOf(Caller caller, RoundPlan plan) => plan.Organizations.Contains(caller.OrganizationId);

    private static Found<WeightsRef> Unknown(string roundId) => new(Refusal.NotFound("round", roundId));
}
