using Microsoft.AspNetCore.Http;
using Octomil.Client.Versions;
using Octomil.Inference.Models;

namespace Octomil.Inference.Serving;

/// <summary>
/// POST /v1/outcomes: whoever asked has learned whether answers were right. Counts go to the service, which compares versions by them; what
/// was asked and answered stays here.
/// </summary>
internal sealed class OutcomeEndpoint(ModelSlot slot, InferenceTelemetry telemetry)
{
    public async Task HandleAsync(HttpContext context)
    {
        var request = await RequestBody.ReadAsync<OutcomeRequest>(context.Request);
        if (request is { Correct: not null, Accuracy: not null } or { Correct: null, Accuracy: null, Loss: null })
        {
            throw InferenceException.Invalid("correct (true or false), accuracy (the share that was right, of count answers) or loss must be given.", "correct");
        }

        if (request.Correct is not null && request.Count != 1)
        {
            throw InferenceException.Invalid("correct is of one answer; of several, give accuracy.", "count");
        }

        using var lease = slot.Acquire();
        var version = request.Version ?? lease.Model.Description.Version;
        if (!slot.HasServed(version))
        {
            throw InferenceException.Invalid("version must be one that this server has answered with, as its answers say (version, or system_fingerprint).", "version");
        }

        Record(lease.Model.ModelId, version, request);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        await context.Response.WriteAsJsonAsync(new { version, counted = request.Count }, ContractJson.Options, context.RequestAborted);
    }

    private void Record(string modelId, string version, OutcomeRequest request)
    {
        try
        {
            var accuracy = request.Correct is { } correct ? (correct ? 1 : 0) : request.Accuracy;
            telemetry.RecordEvaluation(modelId, version, request.Count, accuracy, request.Loss);
        }
        catch (ArgumentOutOfRangeException exception)
        {
            throw InferenceException.Invalid(exception.Message, exception.ParamName, exception);
        }
    }
}

/// <summary>What came of one answer, or of several.</summary>
internal sealed record OutcomeRequest
{
    /// <summary>The version that answered; missing: the one that answers now.</summary>
    public string? Version { get; init; }

    /// <summary>Whether the one answer was right.</summary>
    public bool? Correct { get; init; }

    /// <summary>How many answers.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The share of them that was right.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Their mean loss.</summary>
    public double? Loss { get; init; }
}
