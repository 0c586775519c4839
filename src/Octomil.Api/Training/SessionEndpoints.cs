using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Federations;
using Octomil.Models;
using Octomil.Organizations;

namespace Octomil.Training;

/// <summary>Starting runs, and listing them.</summary>
internal static class SessionEndpoints
{
    public static void MapSessions(this IEndpointRouteBuilder training)
    {
        training.MapPost("/sessions", StartAsync).RequireScope(Scopes.TrainingWrite)
            .WithSummary("Starts a run over a model. The same request while it runs returns that run.")
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        training.MapPost("/forecast", ForecastAsync).RequireScope(Scopes.TrainingWrite).WithoutAudit()
            .WithSummary("What a private run would cost each organization, for how many rounds each budget lasts, and whether noise exceeds signal. Starts nothing.");
        training.MapGet("/sessions", ListAsync).RequireScope(Scopes.TrainingRead)
            .WithSummary("The runs that the organization may see, the newest first; of one model, if it is named.");
    }

    private static async Task<Results<Ok<StartTrainingResponse>, Refusal>> StartAsync(
        StartTrainingRequest request, Caller caller, ModelNames models, FederationNames federations, IGrainFactory grains, IIdSource ids)
    {
        if (!(await OrderAsync(request, caller, models, federations)).Is(out var ordered, out var refusal))
        {
            return refusal;
        }

        var (model, order) = ordered;
        var runId = ids.NewId("run_", 16);
        var result = await grains.GetTrainingRun(runId).StartAsync(caller.OrganizationId, order);
        return result.Decision is StartRunDecision.Started
            ? TypedResults.Ok(new StartTrainingResponse { SessionId = result.RunId ?? runId, Status = "started" })
            : Refused(result, request, model);
    }

    private static async Task<Results<Ok<TrainingForecastResponse>, Refusal>> ForecastAsync(
        StartTrainingRequest request, Caller caller, ModelNames models, FederationNames federations, IGrainFactory grains, IIdSource ids)
    {
        if (!(await OrderAsync(request, caller, models, federations)).Is(out var ordered, out var refusal))
        {
            return refusal;
        }

        var (model, order) = ordered;
        if (order.Privacy is null)
        {
            return Refusal.Invalid("A forecast is of a private run: give privacy, clip_norm and noise_multiplier or epsilon.").With("field", "privacy");
        }

        var forecast = await grains.GetTrainingRun(ids.NewId("run_", 16)).ForecastAsync(caller.OrganizationId, order);
        return forecast.Result.Decision is StartRunDecision.Started
            ? TypedResults.Ok(ForecastMessages.Of(forecast, order.Rounds))
            : Refused(forecast.Result, request, model);
    }

    private sealed record Ordered(ModelSnapshot Model, RunOrder Order);

    private static async Task<Found<Ordered>> OrderAsync(StartTrainingRequest request, Caller caller, ModelNames models, FederationNames federations)
    {
        if (RunOrders.Check(request) is { } invalid)
        {
            return new Found<Ordered>(invalid);
        }

        if (!(await models.FindAsync(caller, request.ModelId)).Is(out var model, out var refusal))
        {
            return new Found<Ordered>(refusal);
        }

        FederationSnapshot? federation = null;
        if (request.Federation is { Length: > 0 } name && !(await federations.FindAsync(caller, name)).Is(out federation, out refusal))
        {
            return new Found<Ordered>(refusal);
        }

        return new Found<Ordered>(new Ordered(model, RunOrders.Of(request, model, federation?.Id)));
    }

    private static async Task<Results<Ok<TrainingSessionList>, Refusal>> ListAsync(
        Caller caller, ModelNames models, IGrainFactory grains, string? model = null, int limit = 50)
    {
        if (new FieldChecks().Page(limit, 0).Refusal is { } invalid)
        {
            return invalid;
        }

        var listed = await models.ListAsync(caller, null);
        var asked = listed.Where(one => model is null || one.Id == model || one.Name == model);
        var snapshots = await FanOut.ReadAsync(asked, one => grains.GetModel(one.Id).GetAsync(caller.OrganizationId));
        var runs = await FanOut.ReadAsync(
            snapshots.SelectMany(one => RunNames.Newest(one).Take(limit)), id => grains.GetTrainingRun(id).GetStatusAsync(caller.OrganizationId));
        return TypedResults.Ok(new TrainingSessionList
        {
            Sessions = [.. runs.OrderByDescending(run => run.StartedAt).Take(limit).Select(RunStatusMessages.Of)],
        });
    }

    private static Refusal Refused(StartRunResult result, StartTrainingRequest request, ModelSnapshot model) => result.Decision switch
    {
        StartRunDecision.ModelNotFound => Refusal.NotFound("model", request.ModelId),
        StartRunDecision.NotOwner => Refusal.Forbidden(ErrorCodes.NotOwner, result.Reason ?? "Only the organization that owns the model may start runs over it."),
        StartRunDecision.RunInProgress => Refusal.Conflict(ErrorCodes.RunInProgress, result.Reason ?? $"Another run trains '{model.Description.Name}' now: {result.RunId}. Stop it first.")
            .With("session_id", result.RunId),
        StartRunDecision.FederationRequired => Refusal.Conflict(ErrorCodes.FederationRequired, result.Reason ?? $"'{model.Description.Name}' is shared with several federations: name one of {string.Join(", ", model.Federations)}."),
        StartRunDecision.NotShared => Refusal.Conflict(ErrorCodes.FederationRequired, result.Reason ?? $"'{model.Description.Name}' is not shared with that federation. Share it first."),
        StartRunDecision.NoVersion => Refusal.Conflict(ErrorCodes.InvalidRequest, result.Reason ?? $"'{model.Description.Name}' has no version to start from. Push one first."),
        StartRunDecision.InvalidStrategy => Refusal.Invalid(result.Reason ?? $"There is no strategy '{Refusal.Shown(request.Strategy)}', or not with these parameters.").With("field", "strategy"),
        StartRunDecision.InvalidPrivacy => Refusal.Conflict(ErrorCodes.PrivacyBudget, result.Reason ?? "The run cannot have this privacy."),
        StartRunDecision.PrivacyRequired => Refusal.Conflict(ErrorCodes.PrivacyRequired, result.Reason ?? "The organizations that would take part have privacy budgets, and this run adds no noise."),
        StartRunDecision.UnknownGroup => new Refusal(StatusCodes.Status404NotFound, ErrorCodes.NotFound, result.Reason ?? $"There is no device group '{Refusal.Shown(request.Group ?? "")}'."),
        _ => throw new InvalidOperationException($"No HTTP answer for {result.Decision}."),
    };
}
