using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Organizations;

namespace Octomil.Deployments;

/// <summary>Versions on their way to the caller's own devices; the model may be shared by a federation's owner.</summary>
internal static class RolloutEndpoints
{
    private static readonly (string Path, RolloutCommand Command, string Summary)[] _commands =
    [
        ("start", RolloutCommand.Start, "Starts a pending rollout."),
        ("pause", RolloutCommand.Pause, "Lets no further device get the version; those that have it keep it."),
        ("resume", RolloutCommand.Resume, "Goes on with a paused rollout."),
        ("advance", RolloutCommand.Advance, "One step further, or to the percentage. Without one, the same again within 30 seconds is taken for a repetition."),
        ("update-percentage", RolloutCommand.SetPercentage, "Sets the percentage, up or down."),
    ];

    public static void MapRollouts(this IEndpointRouteBuilder api)
    {
        var model = api.MapGroup("/models/{model}").WithTags("Rollouts");
        model.MapPost("/rollouts", CreateAsync).RequireScope(Scopes.RolloutsWrite)
            .WithSummary("Opens a rollout to the organization's own devices. Of the version that is rolling out it sets the percentage; "
                + "an earlier version for all devices at once is a rollback.");
        model.MapGet("/rollouts", ListAsync).RequireScope(Scopes.RolloutsRead).WithSummary("The rollouts, newest first.");
        model.MapGet("/rollouts/active", ListActiveAsync).RequireScope(Scopes.RolloutsRead)
            .WithSummary("The rollout that is pending, active or paused, if there is one, as a list.");
        model.MapGet("/rollouts/{rollout}", GetAsync).RequireScope(Scopes.RolloutsRead).WithSummary("One rollout and what its devices report.");
        model.MapDelete("/rollouts/{rollout}", DeleteAsync).RequireScope(Scopes.RolloutsWrite)
            .WithSummary("Takes a pending rollout away; one that has begun is rolled back.");
        model.MapPost("/rollback", RollBackAsync).RequireScope(Scopes.RolloutsWrite)
            .WithSummary("Ends the open rollout and brings an earlier version (without to_version: the last good one) to its devices at once.");
        foreach (var (path, command, summary) in _commands)
        {
            model.MapPost($"/rollouts/{{rollout}}/{path}", (
                string model, string rollout, ChangeRolloutRequest? request, Caller caller, RolloutCalls calls, CancellationToken cancellationToken) =>
                ChangeAsync(command, model, rollout, request, caller, calls, cancellationToken)).RequireScope(Scopes.RolloutsWrite).WithSummary(summary);
        }
    }

    private static async Task<Results<Ok<RolloutResponse>, Refusal>> CreateAsync(
        string model, CreateRolloutRequest request, Caller caller, RolloutCalls calls, CancellationToken cancellationToken)
    {
        var checks = new FieldChecks()
            .Require(request.Version is { Length: > 0 and <= 64 }, "version", "must be a version of the model, such as 2.0.0")
            .Require(request.Group is null || request.Group.Length is > 0 and <= 64, "group", "must be the name of a device group")
            .Percentage("rollout_percentage", request.RolloutPercentage)
            .Percentage("target_percentage", request.TargetPercentage)
            .Percentage("increment_step", request.IncrementStep, above: true);
        if (checks.Refusal is { } invalid)
        {
            return invalid;
        }

        var order = new DeployOrder
        {
            Version = request.Version,
            BasisPoints = Percentages.ToBasisPoints(request.RolloutPercentage ?? request.IncrementStep) ?? RolloutShare.All / 10,
            TargetBasisPoints = Percentages.ToBasisPoints(request.TargetPercentage),
            StepBasisPoints = Percentages.ToBasisPoints(request.IncrementStep),
            Start = request.StartImmediately ?? true,
            Group = request.Group,
        };
        return await calls.AnswerAsync(caller, model, deployment => deployment.DeployAsync(order), cancellationToken, request.Version, request.Group);
    }

    private static Task<Results<Ok<IReadOnlyList<RolloutResponse>>, Refusal>> ListAsync(
        string model, Caller caller, RolloutCalls calls, CancellationToken cancellationToken) =>
        calls.ListAsync(caller, model, _ => true, cancellationToken);

    private static Task<Results<Ok<IReadOnlyList<RolloutResponse>>, Refusal>> ListActiveAsync(
        string model, Caller caller, RolloutCalls calls, CancellationToken cancellationToken) =>
        calls.ListAsync(caller, model, rollout => rollout.IsOpen, cancellationToken);

    private static Task<Results<Ok<RolloutResponse>, Refusal>> GetAsync(
        string model, string rollout, Caller caller, RolloutCalls calls, CancellationToken cancellationToken) => calls.AnswerAsync(
        caller, model,
        async deployment => (await deployment.GetAsync()).Rollouts.FirstOrDefault(known => known.Id == rollout) is { } found
            ? new RolloutAnswer { Result = RolloutResult.Done, Rollout = found }
            : new RolloutAnswer { Result = RolloutResult.RolloutNotFound },
        cancellationToken);

    private static async Task<Results<Ok<RolloutResponse>, Refusal>> ChangeAsync(
        RolloutCommand command, string model, string rollout, ChangeRolloutRequest? request, Caller caller, RolloutCalls calls, CancellationToken cancellationToken)
    {
        var checks = new FieldChecks().Percentage("percentage", request?.Percentage).Text("reason", request?.Reason)
            .Require(command is not RolloutCommand.SetPercentage || request?.Percentage is not null, "percentage", "must be given, from 0 to 100");
        if (checks.Refusal is { } invalid)
        {
            return invalid;
        }

        var change = new RolloutChange { Command = command, BasisPoints = Percentages.ToBasisPoints(request?.Percentage), Reason = request?.Reason };
        return await calls.AnswerAsync(caller, model, deployment => deployment.ChangeAsync(rollout, change), cancellationToken);
    }

    private static Task<Results<Ok<RolloutResponse>, Refusal>> DeleteAsync(
        string model, string rollout, Caller caller, RolloutCalls calls, CancellationToken cancellationToken) => calls.AnswerAsync(
        caller, model, deployment => deployment.ChangeAsync(rollout, new RolloutChange { Command = RolloutCommand.Delete, Reason = "Deleted." }), cancellationToken);

    private static async Task<Results<Ok<RolloutResponse>, Refusal>> RollBackAsync(
        string model, RollbackRequest? request, Caller caller, RolloutCalls calls, CancellationToken cancellationToken)
    {
        var checks = new FieldChecks().Text("reason", request?.Reason)
            .Require(request?.ToVersion is null or { Length: > 0 and <= 64 }, "to_version", "must be a version of the model, such as 1.0.0");
        return checks.Refusal is { } invalid
            ? invalid
            : await calls.AnswerAsync(caller, model, deployment => deployment.RollBackAsync(request?.ToVersion, request?.Reason), cancellationToken, request?.ToVersion);
    }
}
