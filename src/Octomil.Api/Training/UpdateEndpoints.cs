using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;
using Octomil.Devices;
using Octomil.Learning.Weights;
using Octomil.Models;
using Octomil.Organizations;

namespace Octomil.Training;

/// <summary>The way in for updates.</summary>
internal static class UpdateEndpoints
{
    // Before the round's own limit is known, and for what is refused: so much the server still reads after its answer, so that a
    // client that sends without asking first can read why; beyond it the connection is closed.
    private const long RefusedBytes = 64 * 1024 * 1024;

    private static readonly TimeSpan _again = TimeSpan.FromSeconds(1);

    public static void MapUpdates(this IEndpointRouteBuilder training) => training
        .MapPut("/rounds/{round}/updates/{device}", PutAsync).RequireScope(Scopes.DevicesWrite).WithoutTurn()
        .WithBodyLimit(RefusedBytes)
        .WithSummary("A device's update (safetensors, optionally Content-Encoding: zstd). 200 means that it counts and is durable; a repeat gets the same. "
            + "Its metadata: update_format, sample_count, steps, loss, eval_count, eval_loss, eval_accuracy; the map metrics is checked and not kept.")
        .Accepts<Stream>(WeightsFile.ContentType)
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity)
        .ProducesProblem(StatusCodes.Status429TooManyRequests);

    private static async Task<Results<Ok<UpdateReceipt>, Refusal>> PutAsync(
        string round, string device, HttpContext context, Caller caller, UpdateServices services)
    {
        var id = DeviceNames.Id(caller, device);
        var fold = await services.Folds.FindAsync(round, context.RequestAborted);

        // The plan says whose its devices are; only of others is it asked whether they are there for this caller.
        if (fold?.Plan.Has(id, caller.OrganizationId) is not true && !(await services.Devices.FindAsync(caller, device)).Is(out _, out var unknown))
        {
            return unknown;
        }

        if (fold is null)
        {
            // A device that lost our answer may ask again when the round is long over.
            var answer = await services.Folds.GetAnswerAsync(round, id);
            return Answer(answer is SubmitUpdateResult.None ? SubmitUpdateResult.RoundNotOpen : answer, round, id);
        }

        var layout = services.Layouts.Of(fold);
        if (Precheck(context, fold, layout) is { } refused)
        {
            return refused;
        }

        var admitted = await fold.AdmitAsync(id, context.RequestAborted);
        return admitted is SubmitUpdateResult.None
            ? await FoldAsync(context, round, fold, layout.Layout, id, services)
            : Answer(admitted, round, id);
    }

    private static Refusal? Precheck(HttpContext context, IRoundFold fold, UpdateLayouts.Entry layout)
    {
        if (fold.Plan.Kind is not RoundKind.Train)
        {
            return SubmitAnswers.Of(SubmitUpdateResult.WrongKind);
        }

        if (context.Request.ContentLength > layout.MaxBytes)
        {
            return Refusal.TooLarge($"The body is {context.Request.ContentLength} bytes long; an update of this model has at most {layout.MaxBytes}.");
        }

        // The reader takes no byte beyond the model's own. A lower limit here would close the connection on a client that still
        // sends too much, and with it would go the answer that says so.
        context.AllowBody(Math.Max(layout.MaxBytes, RefusedBytes));
        return UpdateBody.CheckEncoding(context.Request);
    }

    private static async Task<Results<Ok<UpdateReceipt>, Refusal>> FoldAsync(
        HttpContext context, string round, IRoundFold fold, WeightsLayout layout, string deviceId, UpdateServices services)
    {
        var buffer = await fold.RentBufferAsync(deviceId, context.RequestAborted);
        if (buffer is null)
        {
            return new Refusal(StatusCodes.Status429TooManyRequests, ErrorCodes.Busy, "Too many updates arrive at once. Send it again in a moment.").RetryAfter(_again);
        }

        var owned = true;
        try
        {
            var read = await UpdateBody.ReadAsync(new UpdateBodyReader(context.Request.BodyReader, services.Uploads.Value, services.Clock), context, layout, fold.Plan, buffer.Values);
            if (!read.Is(out var content, out var refusal))
            {
                return refusal;
            }

            owned = false;
            var result = await fold.SubmitAsync(deviceId, buffer, Summary(content), context.RequestAborted);
            return Answer(result, round, deviceId);
        }
        finally
        {
            if (owned)
            {
                buffer.Dispose();
            }
        }
    }

    private static Results<Ok<UpdateReceipt>, Refusal> Answer(SubmitUpdateResult result, string roundId, string deviceId) =>
        SubmitAnswers.Of(result) is { } refusal ? refusal : TypedResults.Ok(SubmitAnswers.Receipt(roundId, deviceId));

    private static UpdateSummary Summary(UpdateContent content) => new()
    {
        FullWeights = content.Format is UpdateFormat.Weights,
        SampleCount = content.SampleCount,
        Steps = content.Steps,
        Loss = content.Loss,
        EvaluationCount = content.EvalCount,
        EvaluationLoss = content.EvalLoss,
        EvaluationAccuracy = content.EvalAccuracy,
    };
}

/// <summary>What the update endpoint works with.</summary>
internal sealed record UpdateServices(DeviceNames Devices, IRoundFolds Folds, IGrainFactory Grains, UpdateLayouts Layouts, IOptions<UploadOptions> Uploads, TimeProvider Clock);
