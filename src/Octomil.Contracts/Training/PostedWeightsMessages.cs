namespace Octomil.Training;

/// <summary>POST /training/weights.</summary>
public sealed record PostedWeightsRequest
{
    public required string ModelId { get; init; }

    /// <summary>Not looked at: the round decides.</summary>
    public string? Version { get; init; }
    public required string DeviceId { get; init; }
    public required long SampleCount { get; init; }

    /// <summary>Numbers by name; loss is the mean training loss.</summary>
    public IReadOnlyDictionary<string, double>? Metrics { get; init; }

    /// <summary>weights (the default) or delta.</summary>
    public string? UpdateFormat { get; init; }

    /// <summary>Base64 of a torch.save state_dict, or of a safetensors file.</summary>
    public required string WeightsData { get; init; }
    public string? RoundId { get; init; }
}

/// <summary>The answer to POST /training/weights.</summary>
public sealed record PostedWeightsReceipt
{
    public required string UpdateId { get; init; }
    public required string Status { get; init; }

    /// <summary>The number of the round.</summary>
    public required int Round { get; init; }
    public required string RoundId { get; init; }
}
