using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Devices;
using Octomil.Models;
using Octomil.Organizations;

namespace Octomil.Training;

/// <summary>The way in for updates of clients that know nothing of rounds.</summary>
internal static class PostedWeightsEndpoints
{
    private static readonly TimeSpan _again = TimeSpan.FromSeconds(1);

    public static void MapPostedWeights(this IEndpointRouteBuilder training) => training
        .MapPost("/weights", PostAsync).RequireScope(Scopes.DevicesWrite).OfDeviceProtocol().WithoutTurn()
        .WithSummary("A device's update as JSON: model_id, device_id, sample_count, update_format (weights, the default, or delta), metrics, and weights_data, "
            + "the base64 of a torch.save state_dict or a safetensors file. It goes into round_id, or into the model's open round that selected the device; "
            + "full weights are measured against that round's base. The answer waits for the round to close; 503 with Retry-After: still open, send the same "
            + "body again. The same body is the same update for ever.")
        .Accepts<PostedWeightsRequest>("application/json")
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
        .ProducesProblem(StatusCodes.Status429TooManyRequests);

    private static Task<Results<Ok<PostedWeightsReceipt>, Refusal>> PostAsync(HttpContext context, Caller caller, PostedServices services) =>
        services.Bodies.UseAsync(context, caller, async (body, sha256) =>
        {
            if (!body.Is(out var posted, out var refusal)
                || !(await services.Models.FindAsync(caller, posted.ModelId)).Is(out var model, out refusal)
                || !(await services.Devices.FindActiveAsync(caller, posted.DeviceId)).Is(out var device, out refusal))
            {
                return (Results<Ok<PostedWeightsReceipt>, Refusal>)refusal;
            }

            var row = services.Grains.GetPostedUpdate(device.Id, model.Id, sha256);
            var update = new PostedUpdate(caller, model, device, posted, row) { Came = services.Clock.GetTimestamp() };
            return await AnswerAsync(update, services, context.RequestAborted);
        });

    private static async Task<Results<Ok<PostedWeightsReceipt>, Refusal>> AnswerAsync(PostedUpdate update, PostedServices services, CancellationToken cancellationToken)
    {
        var bound = await update.Row.GetRoundAsync();
        if (bound is not null && !await services.Rounds.IsAbandonedAsync(bound))
        {
            var first = await services.Folding.FoldAsync(update, bound, insteadOf: bound, cancellationToken);
            if (!first.IsOver)
            {
                return await ClosedAsync(update, bound, first, services, cancellationToken);
            }
        }

        // It is new, or the round it was for ended without it.
        var roundId = update.Body.RoundId ?? await services.Rounds.FindAsync(update, cancellationToken);
        return roundId is null
            ? NotSelected(update)
            : await ClosedAsync(update, roundId, await services.Folding.FoldAsync(update, roundId, bound, cancellationToken), services, cancellationToken);
    }

    private static async Task<Results<Ok<PostedWeightsReceipt>, Refusal>> ClosedAsync(
        PostedUpdate update, string roundId, PostedResult result, PostedServices services, CancellationToken cancellationToken)
    {
        if (!result.Counts)
        {
            return result.Refusal ?? (result.Result is SubmitUpdateResult.NotSelected ? NotSelected(update) : SubmitAnswers.Of(result.Result)!);
        }

        return await services.Rounds.UntilClosedAsync(update, roundId, cancellationToken) switch
        {
            RoundPhase.Published => TypedResults.Ok(new PostedWeightsReceipt
            {
                UpdateId = GrainKeys.UpdateId(roundId, update.Device.Id),
                Status = "accepted",
                Round = await services.Rounds.NumberAsync(roundId),
                RoundId = roundId,
            }),
            RoundPhase.Abandoned => Refusal.Unavailable(ErrorCodes.RoundStillOpen, "The round ended without enough updates and is tried again. Send the same body again.", _again),
            _ => Refusal.Unavailable(ErrorCodes.RoundStillOpen, "The update counts, and its round still waits for other devices. Send the same body again to hear when it has closed.", _again),
        };
    }

    private static Refusal NotSelected(PostedUpdate update) => Refusal.Conflict(
        ErrorCodes.NotSelected,
        $"No open round over '{update.Model.Description.Name}' has selected this device and waits for its update. Wait for the next round (GET /training/rounds?device_id=...), or start a run.");
}

/// <summary>What the endpoint works with.</summary>
internal sealed record PostedServices(PostedBodies Bodies, ModelNames Models, DeviceNames Devices, PostedRounds Rounds, PostedFolding Folding, IGrainFactory Grains, TimeProvider Clock);
