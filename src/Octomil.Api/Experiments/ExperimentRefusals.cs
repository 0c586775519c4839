using Microsoft.AspNetCore.Http;
using Octomil.Deployments;

namespace Octomil.Experiments;

/// <summary>Why a command about an experiment was refused, in words.</summary>
internal static class ExperimentRefusals
{
    /// <param name="answer">The refusal.</param>
    /// <param name="experiment">The experiment as the caller named it.</param>
    /// <param name="model">The model as the caller named it, where it did.</param>
    public static Refusal Of(ExperimentAnswer answer, string experiment, string? model = null)
    {
        var name = model ?? answer.Experiment?.ModelName ?? "";
        return answer.Result switch
        {
            ExperimentResult.NotFound => Refusal.NotFound("experiment", experiment),
            ExperimentResult.ModelNotFound => RolloutRefusals.Of(new RolloutAnswer { Result = RolloutResult.ModelNotFound }, name, null, null),
            ExperimentResult.VersionNotFound => RolloutRefusals.Of(new RolloutAnswer { Result = RolloutResult.VersionNotFound }, name, answer.Subject, null),
            ExperimentResult.VersionDeprecated => Refusal.Conflict(
                ErrorCodes.VersionDeprecated, $"Version {answer.Subject} is deprecated, so that no device is brought to it any more. Compare another one."),
            ExperimentResult.GroupNotFound => Refusal.NotFound("device group", answer.Subject!),
            ExperimentResult.VariantNotFound => new Refusal(
                StatusCodes.Status404NotFound, ErrorCodes.NotFound,
                $"The experiment has no variant '{Refusal.Shown(answer.Subject!)}'. It compares {answer.Experiment!.Order.Control.Name} and {answer.Experiment.Order.Treatment.Name}."),
            ExperimentResult.NotDeployed => RolloutRefusals.Of(answer.Deployment!, name, answer.Subject, answer.Experiment!.Order.Group),
            _ => Conflict(answer, experiment),
        };
    }

    public static Refusal NotEnrolled(string experiment, string device) => new(
        StatusCodes.Status404NotFound, ErrorCodes.NotEnrolled,
        $"The device '{Refusal.Shown(device)}' takes no part in the experiment '{Refusal.Shown(experiment)}': it runs what rollouts say.");

    private static Refusal Conflict(ExperimentAnswer answer, string experiment) => answer.Result switch
    {
        ExperimentResult.NameTaken => Refusal.Conflict(
            ErrorCodes.NameTaken, $"There is another experiment '{Refusal.Shown(experiment)}', and an experiment never changes. Give the new one another name."),
        ExperimentResult.TooMany => Refusal.Conflict(ErrorCodes.LimitReached, "The organization has as many experiments as one may have."),
        ExperimentResult.OtherRuns => Refusal.Conflict(
            ErrorCodes.ExperimentInProgress,
            $"The experiment '{answer.Subject}' compares versions of this model already; what two of them did to a device could not be told apart. Promote or stop it first.").With("experiment", answer.Subject),
        ExperimentResult.WrongStatus => Refusal.Conflict(
            ErrorCodes.ExperimentStatus,
            $"The experiment is {ExperimentViews.StatusOf(answer.Experiment!.Status)}. {(answer.Experiment.Status is ExperimentStatus.Draft ? "Start" : "Resume")} it first."),
        ExperimentResult.Over when answer.Experiment!.Promoted is { } promoted => Refusal.Conflict(
            ErrorCodes.ExperimentOver, $"The experiment is over, and {promoted} was promoted. To bring another version to the devices, deploy it."),
        ExperimentResult.Over => Refusal.Conflict(
            ErrorCodes.ExperimentOver, $"The experiment is {ExperimentViews.StatusOf(answer.Experiment!.Status)}. Make a new one under another name, or deploy a version."),
        ExperimentResult.NoWinner => Refusal.Conflict(
            ErrorCodes.NoWinner,
            $"{answer.Experiment!.Order.Treatment.Name} is not significantly better. Wait for more devices, or say which variant to promote: {answer.Experiment.Order.Control.Name} or {answer.Experiment.Order.Treatment.Name}."),
        _ => throw new InvalidOperationException($"No HTTP answer for {answer.Result}."),
    };
}
