using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using Octomil.Devices;
using Octomil.Models;
using Octomil.Organizations;
using Octomil.Storage;

namespace Octomil.Training;

/// <summary>Rounds, for devices that poll and for watchers.</summary>
internal static class RoundEndpoints
{
    public static void MapRounds(this IEndpointRouteBuilder training)
    {
        training.MapGet("/rounds", ListAsync).RequireScope(Scopes.DevicesWrite).OfDeviceProtocol()
            .WithSummary("The open rounds that selected the device and have not counted its update. Asking keeps the device among the ready ones.");
        training.MapGet("/rounds/{round}/status", GetStatusAsync).RequireScope(Scopes.TrainingRead, Scopes.DevicesWrite).OfDeviceProtocol()
            .WithSummary("How a round stands.");
        training.MapGet("/rounds/{round}/contributions", GetContributionsAsync).RequireScope(Scopes.TrainingRead)
            .WithSummary("What a round counted, by organization and, of the caller's own, by device; and what was made of it. Also when it is over.");
        training.MapMethods("/rounds/{round}/base", [HttpMethods.Get, HttpMethods.Head], GetBaseAsync).RequireScope(Scopes.DevicesWrite).OfDeviceProtocol().WithoutTurn()
            .WithSummary("The weights that the round starts from (safetensors), for the device named by device_id, if it is selected. ETag and Range work.")
            .Produces(StatusCodes.Status200OK, contentType: WeightsFile.ContentType);
        training.MapMethods("/rounds/{round}/control", [HttpMethods.Get, HttpMethods.Head], GetControlAsync).RequireScope(Scopes.DevicesWrite).OfDeviceProtocol().WithoutTurn()
            .WithSummary("The server's control of a scaffold round (the trained elements in the model's order, float32 little-endian), for the device named by device_id, if it is selected. ETag and Range work.")
            .Produces(StatusCodes.Status200OK, contentType: WeightsFile.ContentType);
    }

    private static async Task<Results<Ok<AssignmentList>, Refusal>> ListAsync(
        Caller caller, IGrainFactory grains, [FromQuery(Name = "device_id")] string? deviceId = null, string? status = null)
    {
        var checks = new FieldChecks()
            .Require(deviceId is { Length: > 0 and <= 128 }, "device_id", "must be the id or identifier of a device")
            .Require(status is null or "" or "active", "status", "must be active");
        if (checks.Refusal is { } invalid)
        {
            return invalid;
        }

        var device = grains.GetDevice(DeviceNames.Id(caller, deviceId!));
        var seen = await device.SeenAsync(caller.OrganizationId, connectedTo: null, reported: null);
        if (seen is not SeenResult.Seen)
        {
            return seen is SeenResult.Revoked ? Refusal.DeviceRevoked() : Refusal.NotFound("device", deviceId!);
        }

        var assignments = await device.GetAssignmentsAsync(caller.OrganizationId);
        return TypedResults.Ok(new AssignmentList { Rounds = [.. assignments.Select(assignment => AssignmentMessages.For(device.GetPrimaryKeyString(), assignment))] });
    }

    private static async Task<Results<Ok<RoundStatusResponse>, Refusal>> GetStatusAsync(string round, Caller caller, IGrainFactory grains)
    {
        var snapshot = await grains.GetRound(round).GetAsync();
        if (snapshot is null || !await MaySeeAsync(snapshot.Plan, caller, grains))
        {
            return Refusal.NotFound("round", round);
        }

        return TypedResults.Ok(new RoundStatusResponse
        {
            RoundId = snapshot.Plan.RoundId,
            Status = RoundPhases.NameOf(snapshot.Phase),
            RoundNumber = snapshot.Plan.RoundNumber,
            Participants = snapshot.Updates.Sum(),
            TargetParticipants = snapshot.Plan.TargetUpdates,
            Config = AssignmentMessages.Of(RoundAssignment.Of(snapshot.Plan)).Config!,
        });
    }

    private static async Task<Results<Ok<RoundContributionsResponse>, Refusal>> GetContributionsAsync(string round, Caller caller, IGrainFactory grains) =>
        await grains.GetRound(round).GetContributionsAsync() is { } contributions && await MaySeeAsync(contributions.Plan, caller, grains)
            ? TypedResults.Ok(ContributionMessages.Of(contributions, caller.OrganizationId))
            : Refusal.NotFound("round", round);

    private static async Task<Results<FileStreamHttpResult, Refusal>> GetBaseAsync(
        string round, Caller caller, RoundBases bases, IPayloadStore payloads, CancellationToken cancellationToken,
        [FromQuery(Name = "device_id")] string? deviceId = null) =>
        (await bases.FindAsync(caller, round, deviceId, cancellationToken)).Is(out var weights, out var refusal)
            ? await FileAsync(weights, payloads, cancellationToken)
            : refusal;

    private static async Task<Results<FileStreamHttpResult, Refusal>> GetControlAsync(
        string round, Caller caller, RoundBases bases, IRoundFolds folds, IPayloadStore payloads, CancellationToken cancellationToken,
        [FromQuery(Name = "device_id")] string? deviceId = null)
    {
        // Whoever may have the base may have this.
        if (!(await bases.FindAsync(caller, round, deviceId, cancellationToken)).Is(out _, out var refusal))
        {
            return refusal;
        }

        return await folds.FindAsync(round, cancellationToken) is not { } fold ? RoundBases.Over
            : fold.Plan is { HasControls: true, OptimizerState: [var control, ..] } ? await FileAsync(control, payloads, cancellationToken)
            : Refusal.NotFound("control of the round", round);
    }

    private static async Task<Results<FileStreamHttpResult, Refusal>> FileAsync(WeightsRef weights, IPayloadStore payloads, CancellationToken cancellationToken)
    {

        try
        {
            return await WeightsFile.OfAsync(weights, payloads, name: null, cancellationToken);
        }
        catch (PayloadMissingException)
        {
            // The round closed since it was asked, and its base went with it.
            return RoundBases.Over;
        }
    }

    // Whoever was part of the round may be no active member any more: the run asks its federation.
    private static async Task<bool> MaySeeAsync(RoundPlan plan, Caller caller, IGrainFactory grains) =>
        await grains.GetTrainingRun(plan.RunId).GetStatusAsync(caller.OrganizationId) is not null;
}
