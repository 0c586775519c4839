using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Octomil.Devices;
using Octomil.Models;
using Octomil.Organizations;

namespace Octomil.Experiments;

/// <summary>Two versions of a model compared on the caller's own devices; the model may be shared by a federation's owner.</summary>
internal static class ExperimentEndpoints
{
    private static readonly string[] _statuses =
        [ExperimentStatuses.Draft, ExperimentStatuses.Running, ExperimentStatuses.Paused, ExperimentStatuses.Completed, ExperimentStatuses.Cancelled];

    private static readonly (string Path, ExperimentCommand Command, string Summary)[] _commands =
    [
        ("start", ExperimentCommand.Start, "Brings each device of the experiment to its arm's version and counts what they measure. One experiment over a model at a time."),
        ("pause", ExperimentCommand.Pause, "Its devices keep what they run; nothing is counted."),
        ("resume", ExperimentCommand.Resume, "Goes on with a paused experiment."),
        ("complete", ExperimentCommand.Complete, "Ends it; its devices go back to what rollouts say, and the results stand."),
        ("cancel", ExperimentCommand.Cancel, "Gives it up; its devices go back to what rollouts say."),
    ];

    public static void MapExperiments(this IEndpointRouteBuilder api)
    {
        var experiments = api.MapGroup("/experiments").WithTags("Experiments");
        experiments.MapPost("", CreateAsync).RequireScope(Scopes.ExperimentsWrite)
            .WithSummary("Makes an experiment as a draft. The same again is the same; another under its name is refused.");
        experiments.MapGet("", ListAsync).RequireScope(Scopes.ExperimentsRead).WithSummary("The experiments, newest first; by model_id and status.");
        experiments.MapGet("/{experiment}", GetAsync).RequireScope(Scopes.ExperimentsRead).WithSummary("One experiment, by id or name.");
        experiments.MapGet("/{experiment}/analytics", AnalyzeAsync).RequireScope(Scopes.ExperimentsRead)
            .WithSummary("Its results so far, valid however often one looks: devices, metrics of each arm, the difference with its interval, the p-value.");
        experiments.MapGet("/{experiment}/assign", AssignAsync).RequireScope(Scopes.ExperimentsRead, Scopes.DevicesWrite).OfDeviceProtocol()
            .WithSummary("The variant of a device while the experiment runs; 404 where it takes no part.");
        experiments.MapPost("/{experiment}/promote", PromoteAsync).RequireScope(Scopes.ExperimentsWrite)
            .WithSummary("Ends it and deploys a variant to all devices that it was about; without one the treatment, if it is significantly better.");
        foreach (var (path, command, summary) in _commands)
        {
            experiments.MapPost($"/{{experiment}}/{path}", (string experiment, ChangeExperimentRequest? request, Caller caller, ExperimentCalls calls) =>
                ChangeAsync(command, experiment, request, caller, calls)).RequireScope(Scopes.ExperimentsWrite).WithSummary(summary);
        }
    }

    private static async Task<Results<Ok<ExperimentResponse>, Refusal>> CreateAsync(
        CreateExperimentRequest request, Caller caller, ModelNames models, ExperimentCalls calls)
    {
        if (ExperimentOrders.Check(request).Refusal is { } invalid)
        {
            return invalid;
        }

        if (!(await models.FindAsync(caller, request.ModelId)).Is(out var model, out var refusal))
        {
            return refusal;
        }

        var answer = await calls.Find(caller, request.Name).CreateAsync(caller.OrganizationId, ExperimentOrders.Of(request, model));
        return answer.Result is ExperimentResult.Done
            ? TypedResults.Ok(ExperimentViews.Of(answer.Experiment!))
            : ExperimentRefusals.Of(answer, request.Name, request.ModelId);
    }

    private static async Task<Results<Ok<IReadOnlyList<ExperimentResponse>>, Refusal>> ListAsync(
        Caller caller, ExperimentCalls calls, [FromQuery(Name = "model_id")] string? model = null, string? status = null, int limit = 100, int offset = 0)
    {
        var checks = new FieldChecks().Page(limit, offset).Require(status is null || _statuses.Contains(status), "status", $"must be one of {string.Join(", ", _statuses)}");
        if (checks.Refusal is { } invalid)
        {
            return invalid;
        }

        if (!(await calls.ListAsync(caller, model)).Is(out var found, out var refusal))
        {
            return refusal;
        }

        var wanted = found.Select(ExperimentViews.Of).Where(experiment => status is null || experiment.Status == status);
        return TypedResults.Ok<IReadOnlyList<ExperimentResponse>>([.. wanted.Skip(offset).Take(limit)]);
    }

    private static async Task<Results<Ok<ExperimentResponse>, Refusal>> GetAsync(string experiment, Caller caller, ExperimentCalls calls) =>
        await calls.Find(caller, experiment).GetAsync(caller.OrganizationId) is { } found
            ? TypedResults.Ok(ExperimentViews.Of(found))
            : Refusal.NotFound("experiment", experiment);

    private static async Task<Results<Ok<ExperimentAnalyticsResponse>, Refusal>> AnalyzeAsync(string experiment, Caller caller, ExperimentCalls calls) =>
        await calls.Find(caller, experiment).AnalyzeAsync(caller.OrganizationId) is { } analytics
            ? TypedResults.Ok(ExperimentViews.Of(analytics))
            : Refusal.NotFound("experiment", experiment);

    private static async Task<Results<Ok<AssignedVariantResponse>, Refusal>> AssignAsync(
        string experiment, Caller caller, DeviceNames devices, ExperimentCalls calls, [FromQuery(Name = "device_id")] string? deviceId = null)
    {
        if (new FieldChecks().Require(deviceId is { Length: > 0 and <= 128 }, "device_id", "must be the id or identifier of a device").Refusal is { } invalid)
        {
            return invalid;
        }

        if (!(await devices.FindActiveAsync(caller, deviceId!)).Is(out var device, out var refusal))
        {
            return refusal;
        }

        if (await calls.Find(caller, experiment).GetAsync(caller.OrganizationId) is not { } found)
        {
            return Refusal.NotFound("experiment", experiment);
        }

        return found.Status is ExperimentStatus.Running or ExperimentStatus.Paused && found.Layer.ArmOf(device.Id, device.Groups) is { } arm
            ? TypedResults.Ok(ExperimentViews.Assigned(found, arm, device.Id))
            : ExperimentRefusals.NotEnrolled(experiment, deviceId!);
    }

    private static async Task<Results<Ok<ExperimentResponse>, Refusal>> ChangeAsync(
        ExperimentCommand command, string experiment, ChangeExperimentRequest? request, Caller caller, ExperimentCalls calls) =>
        new FieldChecks().Text("reason", request?.Reason).Refusal is { } invalid
            ? invalid
            : await calls.AnswerAsync(caller, experiment, found => found.ChangeAsync(caller.OrganizationId, command, request?.Reason));

    private static async Task<Results<Ok<ExperimentResponse>, Refusal>> PromoteAsync(
        string experiment, PromoteExperimentRequest? request, Caller caller, ExperimentCalls calls) =>
        new FieldChecks().Text("variant", request?.Variant).Refusal is { } invalid
            ? invalid
            : await calls.AnswerAsync(caller, experiment, found => found.PromoteAsync(caller.OrganizationId, request?.Variant));
}
