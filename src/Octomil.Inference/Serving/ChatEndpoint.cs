using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Octomil.Inference.Inputs;
using Octomil.Inference.Models;

namespace Octomil.Inference.Serving;

/// <summary>POST /v1/chat/completions: whole, or as server-sent events.</summary>
internal sealed class ChatEndpoint(Predictor predictor, TimeProvider clock)
{
    private static long _answers;

    public async Task HandleAsync(HttpContext context)
    {
        var request = await RequestBody.ReadAsync<ChatRequest>(context.Request);
        if (request.N > 1)
        {
            throw InferenceException.Invalid("n must be 1: the same input always gets the same answer.", "n");
        }

        var json = request.ResponseFormat?.Type is "json_object" or "json_schema";
        var (model, content) = predictor.Answer(
            request.Model, reader => ChatInput.Read(request, reader), (description, predictions, notes) => Content(json, description, predictions, notes));
        var id = "chatcmpl-" + Interlocked.Increment(ref _answers).ToString("x16", CultureInfo.InvariantCulture);
        await (request.Stream is true ? StreamAsync(context, request, id, model, content) : WriteAsync(context, id, model, content));
    }

    private static string Content(bool json, ModelDescription model, IReadOnlyList<Prediction> predictions, InputNotes notes)
    {
        if (predictions.Count == 0)
        {
            return json ? JsonSerializer.Serialize(new { expected = model.Expectation() }) : model.Expectation();
        }

        return json ? Answers.Json(model, predictions, notes) : Answers.Text(model, predictions, notes);
    }

    private Task WriteAsync(HttpContext context, string id, ModelDescription model, string content) => context.Response.WriteAsJsonAsync(
        new ChatCompletion
        {
            Id = id,
            Created = clock.GetUtcNow().ToUnixTimeSeconds(),
            Model = model.Model,
            SystemFingerprint = model.Version,
            Choices = [new ChatChoice { Message = new ChatAnswer { Content = content } }],
        },
        ContractJson.Options, context.RequestAborted);

    private async Task StreamAsync(HttpContext context, ChatRequest request, string id, ModelDescription model, string content)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        var chunk = new ChatChunk
        {
            Id = id, Created = clock.GetUtcNow().ToUnixTimeSeconds(), Model = model.Model, SystemFingerprint = model.Version, Choices = [],
        };
        await SendAsync(context, chunk with { Choices = [new ChunkChoice { Delta = new ChunkDelta { Role = "assistant", Content = "" } }] });
        foreach (var line in content.Split('\n').Select((line, index) => index == 0 ? line : "\n" + line))
        {
            await SendAsync(context, chunk with { Choices = [new ChunkChoice { Delta = new ChunkDelta { Content = line } }] });
        }

        await SendAsync(context, chunk with { Choices = [new ChunkChoice { Delta = new ChunkDelta(), FinishReason = "stop" }] });
        if (request.StreamOptions?.IncludeUsage is true)
        {
            await SendAsync(context, chunk with { Usage = new ChatUsage() });
        }

        await context.Response.WriteAsync("data: [DONE]\n\n", context.RequestAborted);
    }

    private static Task SendAsync(HttpContext context, ChatChunk chunk) =>
        context.Response.WriteAsync($"data: {JsonSerializer.Serialize(chunk, ContractJson.Options)}\n\n", context.RequestAborted);
}
