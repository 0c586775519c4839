using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Organizations;

namespace Octomil.Training;

/// <summary>Watching a run.</summary>
internal static class RunEventEndpoints
{
    public static void MapRunEvents(this IEndpointRouteBuilder training) => training
        .MapGet("/{model}/events", WatchAsync).RequireScope(Scopes.TrainingRead).WithoutTurn()
        .WithSummary("The run's status as server-sent events, at once and at every change, until the run is over.")
        .Produces<TrainingStatusResponse>(StatusCodes.Status200OK, "text/event-stream");

    private static async Task<Results<RunEventStream, Refusal>> WatchAsync(
        string model, Caller caller, RunNames runs, IClusterClient cluster, TimeProvider clock) =>
        (await runs.FindAsync(caller, model)).Is(out var run, out var refusal)
            ? new RunEventStream(run.RunId, caller, cluster, clock)
            : refusal;
}
