using Microsoft.AspNetCore.Http;

namespace Octomil.Training;

/// <summary>What a round's answer to a device is over HTTP.</summary>
internal static class SubmitAnswers
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);

    public static UpdateReceipt Receipt(string roundId, string deviceId) =>
        new() { UpdateId = GrainKeys.UpdateId(roundId, deviceId), Status = "accepted", RoundId = roundId };

    /// <summary>Null where the update counts.</summary>
    public static Refusal? Of(SubmitUpdateResult result) => result switch
    {
        SubmitUpdateResult.Accepted or SubmitUpdateResult.CountedBefore => null,
        SubmitUpdateResult.RoundNotOpen => Refusal.Conflict(ErrorCodes.RoundNotOpen, "The round is over, or takes no more updates."),
        SubmitUpdateResult.TooStale => Refusal.Conflict(ErrorCodes.RoundNotOpen, "The update was trained from weights that are too many rounds old, or came after its deadline. The device will be given the current ones."),
        SubmitUpdateResult.NotSelected => Refusal.Forbidden(ErrorCodes.NotSelected, "The device was not selected for this round."),
        SubmitUpdateResult.OrganizationSuspended => Refusal.Forbidden(ErrorCodes.OrganizationSuspended, "The organization is suspended in this federation."),
        SubmitUpdateResult.NotDurable => Refusal.Unavailable(ErrorCodes.NotDurable, "The update could not be kept in time. Send it again.", Again),
        SubmitUpdateResult.WrongKind => Refusal.Conflict(ErrorCodes.WrongKind, "The round asks for something else: see the kind of its assignment."),
        SubmitUpdateResult.TooFewRows => new Refusal(StatusCodes.Status422UnprocessableEntity, ErrorCodes.TooFewRows, "Statistics of fewer than 10 rows say too much about each; the device takes part in training all the same."),
        SubmitUpdateResult.MagnitudeExceeded => new Refusal(StatusCodes.Status422UnprocessableEntity, ErrorCodes.InvalidWeights, "The weights differ from the round's base by more than the round accepts. Lower the learning rate, or raise max_magnitude when the run is started."),
        SubmitUpdateResult.FactsMissing => new Refusal(StatusCodes.Status422UnprocessableEntity, ErrorCodes.InvalidWeights, "The round's strategy needs more of an update. fednova: 'steps' from 1 in the metadata; qfedavg: 'loss', the loss of the base, from 0; scaffold: a difference (update_format delta), with the controls."),
        SubmitUpdateResult.InvalidStatistics => new Refusal(StatusCodes.Status422UnprocessableEntity, ErrorCodes.InvalidRequest, "The statistics of a feature must have a count and an m2 from 0, and finite numbers."),
        _ => throw new InvalidOperationException($"No HTTP answer for {result}."),
    };
}
