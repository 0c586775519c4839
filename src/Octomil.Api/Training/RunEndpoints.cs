using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Devices;
using Octomil.Organizations;

namespace Octomil.Training;

/// <summary>The run over a model: how it stands, and its commands.</summary>
internal static class RunEndpoints
{
    public static void MapRuns(this IEndpointRouteBuilder training)
    {
        training.MapGet("/{model}/status", GetAsync).RequireScope(Scopes.TrainingRead, Scopes.DevicesWrite).OfDeviceProtocol()
            .WithSummary("How the run over the model stands; the last run, where none is in progress.");
        training.MapGet("/{model}/contributions", GetContributionsAsync).RequireScope(Scopes.TrainingRead)
            .WithSummary("What each closed round of the run counted, by organization, the newest first; kept after the run's end.");
        training.MapPost("/{model}/stop", StopAsync).RequireScope(Scopes.TrainingWrite)
            .WithSummary("Stops the run; again is the same. With publish, the last closed round's weights become a version.");
        training.MapPost("/{model}/pause", PauseAsync).RequireScope(Scopes.TrainingWrite)
            .WithSummary("Opens no further round until the run is resumed; the open one goes on.");
        training.MapPost("/{model}/resume", ResumeAsync).RequireScope(Scopes.TrainingWrite)
            .WithSummary("Goes on with a paused run.");
    }

    private static async Task<Results<Ok<TrainingStatusResponse>, Refusal>> GetAsync(string model, Caller caller, RunNames runs) =>
        (await runs.FindAsync(caller, model)).Is(out var run, out var refusal) ? TypedResults.Ok(RunStatusMessages.Of(run)) : refusal;

    private static async Task<Results<Ok<ContributionHistoryResponse>, Refusal>> GetContributionsAsync(
        string model, Caller caller, RunNames runs, IGrainFactory grains, int limit = 50, int offset = 0)
    {
        if (new FieldChecks().Page(limit, offset).Refusal is { } invalid)
        {
            return invalid;
        }

        if (!(await runs.FindAsync(caller, model)).Is(out var run, out var refusal))
        {
            return refusal;
        }

        var page = run.History.Reverse().Skip(offset).Take(limit).Select(round => round.RoundId);
        var rounds = await FanOut.ReadAsync(page, id => grains.GetRound(id).GetContributionsAsync());
        return TypedResults.Ok(new ContributionHistoryResponse
        {
            SessionId = run.RunId,
            Rounds = [.. rounds.Select(round => ContributionMessages.Of(round, caller.OrganizationId))],
            Total = run.History.Length,
            Limit = limit,
            Offset = offset,
        });
    }

    private static async Task<Results<Ok<StopTrainingResponse>, Refusal>> StopAsync(
        string model, StopTrainingRequest? request, Caller caller, RunNames runs, IGrainFactory grains)
    {
        if (!(await runs.FindAsync(caller, model)).Is(out var run, out var refusal))
        {
            return refusal;
        }

        var result = await grains.GetTrainingRun(run.RunId).StopAsync(caller.OrganizationId, request?.Publish ?? false);
        return Refused(result, model) is { } refused
            ? refused
            : TypedResults.Ok(new StopTrainingResponse { LastRound = result.LastRound, NewVersion = result.NewVersion });
    }

    private static Task<Results<Ok<TrainingStatusResponse>, Refusal>> PauseAsync(string model, Caller caller, RunNames runs, IGrainFactory grains) =>
        CommandAsync(model, caller, runs, grains, (run, callerId) => run.PauseAsync(callerId));

    private static Task<Results<Ok<TrainingStatusResponse>, Refusal>> ResumeAsync(string model, Caller caller, RunNames runs, IGrainFactory grains) =>
        CommandAsync(model, caller, runs, grains, (run, callerId) => run.ResumeAsync(callerId));

    private static async Task<Results<Ok<TrainingStatusResponse>, Refusal>> CommandAsync(
        string model, Caller caller, RunNames runs, IGrainFactory grains, Func<ITrainingRunGrain, string, Task<RunCommandResult>> commandAsync)
    {
        if (!(await runs.FindAsync(caller, model)).Is(out var run, out var refusal))
        {
            return refusal;
        }

        var grain = grains.GetTrainingRun(run.RunId);
        if (Refused(await commandAsync(grain, caller.OrganizationId), model) is { } refused)
        {
            return refused;
        }

        return TypedResults.Ok(RunStatusMessages.Of(await grain.GetStatusAsync(caller.OrganizationId) ?? run));
    }

    private static Refusal? Refused(RunCommandResult result, string model) => result switch
    {
        { Found: false } => new Refusal(StatusCodes.Status404NotFound, ErrorCodes.NoRun, $"No run over '{Refusal.Shown(model)}' may be seen by this key."),
        { NotOwner: true } => Refusal.Forbidden(ErrorCodes.NotOwner, "Only the organization that owns the model may stop, pause or resume its runs."),
        _ => null,
    };
}
