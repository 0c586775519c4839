using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Octomil.Inference.Models;

namespace Octomil.Inference.Serving;

/// <summary>The routes of local inference.</summary>
internal static class ServingEndpoints
{
    public static void MapServing(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/chat/completions", (HttpContext context, ChatEndpoint chat) => chat.HandleAsync(context));
        routes.MapPost("/v1/predict", PredictAsync);
        routes.MapPost("/v1/outcomes", (HttpContext context, OutcomeEndpoint outcomes) => outcomes.HandleAsync(context));
        routes.MapGet("/v1/models", (ModelSlot slot, ServingState state) => Json(new ModelList { Data = [.. Served(slot, state)] }));
        routes.MapGet("/v1/models/{model}", GetModel);
        routes.MapGet("/health", (ModelSlot slot, ServingState state) => Json(Health(slot, state), slot.Description is null ? 503 : 200));
    }

    private static async Task PredictAsync(HttpContext context, Predictor predictor)
    {
        var request = await RequestBody.ReadAsync<PredictRequest>(context.Request);
        if (request.Inputs.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
        {
            throw InferenceException.Invalid("inputs must be given: an object of features by name, a data URI of an image, or an array of these.", "inputs");
        }

        var (_, response) = predictor.Answer(request.Model, reader => reader.ReadJson(request.Inputs), Answers.Response);
        await context.Response.WriteAsJsonAsync(response, ContractJson.Options, context.RequestAborted);
    }

    private static IResult GetModel(string model, ModelSlot slot, ServingState state) =>
        Served(slot, state).FirstOrDefault(served => served.Id == model) is { } found
            ? Json(found)
            : throw new InferenceException(404, "model_not_found", $"There is no model '{(model.Length <= 64 ? model : model[..64])}' here.", "model");

    private static IEnumerable<ServedModel> Served(ModelSlot slot, ServingState state)
    {
        if (slot.Description is { } description)
        {
            yield return new ServedModel
            {
                Id = description.Model,
                Created = state.Since.ToUnixTimeSeconds(),
                Version = description.Version,
                Architecture = JsonDocument.Parse(description.Architecture.ToJson()).RootElement,
                Description = description.Expectation(),
            };
        }
    }

    private static ServingHealth Health(ModelSlot slot, ServingState state) => new()
    {
        Status = slot.Description is null ? "starting" : "ok",
        Model = slot.Description?.Model,
        Version = slot.Description?.Version,
        Source = state.Source,
    };

    private static IResult Json<T>(T answer, int status = 200) => Results.Json(answer, ContractJson.Options, statusCode: status);
}
