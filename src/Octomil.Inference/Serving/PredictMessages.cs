using System.Text.Json;

namespace Octomil.Inference.Serving;

/// <summary>POST /v1/predict: one input or an array of them, as features or data URIs.</summary>
internal sealed record PredictRequest
{
    public string? Model { get; init; }
    public JsonElement Inputs { get; init; }
}

/// <summary>The predictions, in the order of the inputs.</summary>
internal sealed record PredictResponse
{
    public required string Model { get; init; }
    public required string Version { get; init; }
    public required IReadOnlyList<PredictedRow> Predictions { get; init; }

    /// <summary>Features without a value in some row; they were taken as their mean. Absent where there are none.</summary>
    public IReadOnlyList<string>? MissingFeatures { get; init; }
}

/// <summary>One prediction: a class with the probability of each, or a number.</summary>
internal sealed record PredictedRow
{
    /// <summary>The class's name, or the number.</summary>
    public required JsonElement Prediction { get; init; }

    /// <summary>By class; absent for regression.</summary>
    public IReadOnlyDictionary<string, double>? Probabilities { get; init; }
}

/// <summary>GET /v1/models.</summary>
internal sealed record ModelList
{
    public string Object { get; init; } = "list";
    public required IReadOnlyList<ServedModel> Data { get; init; }
}

/// <summary>The served model, with what it expects.</summary>
internal sealed record ServedModel
{
    public required string Id { get; init; }
    public string Object { get; init; } = "model";
    public required long Created { get; init; }
    public string OwnedBy { get; init; } = "octomil";
    public required string Version { get; init; }
    public required JsonElement Architecture { get; init; }
    public required string Description { get; init; }
}

/// <summary>GET /health; <see cref="Status"/> is ok, or starting while there is no version.</summary>
internal sealed record ServingHealth
{
    public required string Status { get; init; }
    public string? Model { get; init; }
    public string? Version { get; init; }

    /// <summary>What the version comes from, and whether the service could be reached.</summary>
    public string? Source { get; init; }
}
