using System.Text.Json;

namespace Octomil.Inference.Serving;

/// <summary>POST /v1/chat/completions, as OpenAI clients send it. Fields that have no meaning for a classifier are ignored.</summary>
internal sealed record ChatRequest
{
    public string? Model { get; init; }
    public IReadOnlyList<ChatMessage>? Messages { get; init; }
    public bool? Stream { get; init; }
    public StreamOptions? StreamOptions { get; init; }
    public ResponseFormat? ResponseFormat { get; init; }
    public int? N { get; init; }
}

/// <summary>One message; <see cref="Content"/> is a text or an array of parts.</summary>
internal sealed record ChatMessage
{
    public string? Role { get; init; }
    public JsonElement Content { get; init; }
}

internal sealed record StreamOptions
{
    public bool? IncludeUsage { get; init; }
}

internal sealed record ResponseFormat
{
    public string? Type { get; init; }
}

/// <summary>The answer in one piece.</summary>
internal sealed record ChatCompletion
{
    public required string Id { get; init; }
    public string Object { get; init; } = "chat.completion";
    public required long Created { get; init; }
    public required string Model { get; init; }
    public required IReadOnlyList<ChatChoice> Choices { get; init; }
    public ChatUsage Usage { get; init; } = new();

    /// <summary>The model's version.</summary>
    public required string SystemFingerprint { get; init; }
}

internal sealed record ChatChoice
{
    public int Index { get; init; }
    public required ChatAnswer Message { get; init; }
    public string FinishReason { get; init; } = "stop";
}

internal sealed record ChatAnswer
{
    public string Role { get; init; } = "assistant";
    public required string Content { get; init; }
}

/// <summary>There are no tokens here; clients expect the numbers all the same.</summary>
internal sealed record ChatUsage
{
    public int PromptTokens { get; init; }
    public int CompletionTokens { get; init; }
    public int TotalTokens { get; init; }
}

/// <summary>One event of a streamed answer.</summary>
internal sealed record ChatChunk
{
    public required string Id { get; init; }
    public string Object { get; init; } = "chat.completion.chunk";
    public required long Created { get; init; }
    public required string Model { get; init; }
    public required string SystemFingerprint { get; init; }
    public required IReadOnlyList<ChunkChoice> Choices { get; init; }
    public ChatUsage? Usage { get; init; }
}

internal sealed record ChunkChoice
{
    public int Index { get; init; }
    public required ChunkDelta Delta { get; init; }
    public string? FinishReason { get; init; }
}

internal sealed record ChunkDelta
{
    public string? Role { get; init; }
    public string? Content { get; init; }
}
