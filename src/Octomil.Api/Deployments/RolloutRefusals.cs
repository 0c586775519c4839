using Microsoft.AspNetCore.Http;

namespace Octomil.Deployments;

/// <summary>Why a command about a rollout was refused, in words.</summary>
internal static class RolloutRefusals
{
    public static Refusal Of(RolloutAnswer answer, string model, string? version, string? group) => answer.Result switch
    {
        RolloutResult.ModelNotFound => Refusal.NotFound("model", model),
        RolloutResult.VersionNotFound => new Refusal(
            StatusCodes.Status404NotFound, ErrorCodes.UnknownVersion,
            $"The model '{Refusal.Shown(model)}' has no version '{Refusal.Shown(version ?? "")}'. `octomil models versions` lists those there are."),
        RolloutResult.VersionDeprecated => Refusal.Conflict(
            ErrorCodes.VersionDeprecated, $"Version {version} is deprecated, so that it is not deployed any more. Deploy another one."),
        RolloutResult.GroupNotFound => Refusal.NotFound("device group", group ?? ""),
        RolloutResult.RolloutNotFound => new Refusal(
            StatusCodes.Status404NotFound, ErrorCodes.NotFound, $"There is no such rollout of '{Refusal.Shown(model)}'. GET its rollouts for those there are."),
        _ => Conflict(answer.Result, answer.Rollout).With("rollout_id", answer.Rollout?.Id),
    };

    private static Refusal Conflict(RolloutResult result, Rollout? rollout) => result switch
    {
        RolloutResult.OtherRolloutOpen => Refusal.Conflict(
            ErrorCodes.RolloutInProgress,
            $"Version {rollout!.Version.Version} is rolling out ({RolloutViews.StatusOf(rollout.Status)}, {Percentages.Text(rollout.BasisPoints)}). "
            + "Bring it to 100%, roll it back, or delete it before another version is deployed."),
        RolloutResult.OtherGroup => Refusal.Conflict(
            ErrorCodes.RolloutInProgress,
            $"Version {rollout!.Version.Version} is rolling out to {(rollout.Group is { } group ? $"the group '{group}'" : "all devices")}. End that rollout before you deploy it to other devices."),
        RolloutResult.Over when rollout!.Status is RolloutStatus.Completed => Refusal.Conflict(
            ErrorCodes.RolloutOver, $"Version {rollout.Version.Version} is at 100% already. To take it back, roll back to an earlier version."),
        RolloutResult.Over => Refusal.Conflict(ErrorCodes.RolloutOver, $"The rollout of {rollout!.Version.Version} was rolled back. Deploy the version again."),
        RolloutResult.WrongStatus => Refusal.Conflict(
            ErrorCodes.RolloutStatus,
            $"The rollout of {rollout!.Version.Version} is {RolloutViews.StatusOf(rollout.Status)}. {(rollout.Status is RolloutStatus.Pending ? "Start" : "Resume")} it first."),
        RolloutResult.AtTarget => Refusal.Conflict(
            ErrorCodes.RolloutStatus, $"The rollout of {rollout!.Version.Version} is at its target of {Percentages.Text(rollout.TargetBasisPoints)}. To go further, set the percentage."),
        RolloutResult.NothingBefore => Refusal.Conflict(
            ErrorCodes.NothingToRollBackTo, "No version was deployed before, so that there is none to go back to. Name one (to_version)."),
        RolloutResult.SameVersion => Refusal.Conflict(
            ErrorCodes.NothingToRollBackTo, $"Version {rollout!.Version.Version} is the one that is rolling out. Name an earlier one to go back to."),
        _ => throw new InvalidOperationException($"No HTTP answer for {result}."),
    };
}
