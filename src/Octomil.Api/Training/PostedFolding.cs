using Microsoft.AspNetCore.Http;
using Octomil.Learning.Weights;
using Octomil.Models;

namespace Octomil.Training;

/// <summary>What became of a posted update in a round: counted, or the refusal that says why not.</summary>
internal readonly record struct PostedResult(SubmitUpdateResult Result, Refusal? Refusal)
{
    public bool Counts => Refusal is null && Result is SubmitUpdateResult.Accepted or SubmitUpdateResult.CountedBefore;

    /// <summary>True where the round will never count it.</summary>
    public bool IsOver => Refusal is null && Result is SubmitUpdateResult.RoundNotOpen or SubmitUpdateResult.NotSelected or SubmitUpdateResult.TooStale;
}

/// <summary>Folds a posted update into a round, by the same way in as one that is PUT.</summary>
internal sealed class PostedFolding(IRoundFolds folds, UpdateLayouts layouts)
{
    private static readonly TimeSpan _again = TimeSpan.FromSeconds(1);

    public async Task<PostedResult> FoldAsync(PostedUpdate update, string roundId, string? insteadOf, CancellationToken cancellationToken)
    {
        var fold = await folds.FindAsync(roundId, cancellationToken);
        if (fold is null)
        {
            var answer = await folds.GetAnswerAsync(roundId, update.Device.Id);
            return new PostedResult(answer is SubmitUpdateResult.None ? SubmitUpdateResult.RoundNotOpen : answer, null);
        }

        if (fold.Plan.ModelId != update.Model.Id)
        {
            return Refused(Refusal.Conflict(ErrorCodes.InvalidRequest, $"The round {Refusal.Shown(roundId)} does not train '{update.Model.Description.Name}'. Leave round_id out, or send the model's own."));
        }

        var admitted = await fold.AdmitAsync(update.Device.Id, cancellationToken);
        return admitted is SubmitUpdateResult.None
            ? await ReadAsync(update, fold, (roundId, insteadOf), cancellationToken)
            : new PostedResult(admitted, null);
    }

    private async Task<PostedResult> ReadAsync(PostedUpdate update, IRoundFold fold, (string RoundId, string? InsteadOf) place, CancellationToken cancellationToken)
    {
        var buffer = await fold.RentBufferAsync(update.Device.Id, cancellationToken);
        if (buffer is null)
        {
            return Refused(new Refusal(StatusCodes.Status429TooManyRequests, ErrorCodes.Busy, "Too many updates arrive at once. Send it again in a moment.").RetryAfter(_again));
        }

        var owned = true;
        try
        {
            var content = Read(update, fold, buffer.Values);

            // Before its values count: a crash in between must not let them count in another round as well.
            var bound = await update.Row.BindAsync(place.RoundId, place.InsteadOf);
            if (bound != place.RoundId)
            {
                return new PostedResult(SubmitUpdateResult.NotDurable, null);
            }

            owned = false;
            return new PostedResult(await fold.SubmitAsync(update.Device.Id, buffer, UpdateSummaries.Of(content), cancellationToken), null);
        }
        catch (WeightsFormatException exception)
        {
            return Refused(WeightsRefusals.Of(exception));
        }
        finally
        {
            if (owned)
            {
                buffer.Dispose();
            }
        }
    }

    private UpdateContent Read(PostedUpdate update, IRoundFold fold, Memory<float> destination)
    {
        try
        {
            return UpdateFile.Read(update.Body.File, update.Body.Metadata, layouts.Of(fold).Layout, UpdateReading.LimitsOf(fold.Plan), destination);
        }
        catch (WeightsFormatException exception) when (UpdateReading.CountsAsZeros(fold.Plan, exception))
        {
            return UpdateReading.Zeros(destination);
        }
    }

    private static PostedResult Refused(Refusal refusal) => new(SubmitUpdateResult.None, refusal);
}
