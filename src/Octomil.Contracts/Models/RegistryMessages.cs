namespace Octomil.Models;

/// <summary>POST /models/{id}/versions/{v}/deprecate.</summary>
public sealed record DeprecateVersionRequest
{
    public required string Reason { get; init; }
}

/// <summary>DELETE /models/{id}/versions/{v}.</summary>
public sealed record DeletedVersionResponse
{
    public required string Version { get; init; }
    public required string Status { get; init; }
}

/// <summary>PUT /models/{id}/aliases/{alias}.</summary>
public sealed record SetAliasRequest
{
    public required string Version { get; init; }
}

/// <summary>Names that stand for versions.</summary>
public sealed record AliasList
{
    public required IReadOnlyDictionary<string, string> Aliases { get; init; }
}

/// <summary>GET /models/{id}/versions/{v}/compare/{other}: what the other version has, measured from this one.</summary>
public sealed record VersionComparisonResponse
{
    public required string ModelId { get; init; }
    public required ModelVersionResponse From { get; init; }
    public required ModelVersionResponse To { get; init; }
    public required IReadOnlyDictionary<string, MetricComparison> Metrics { get; init; }

    /// <summary>True where the versions do not have the same architecture.</summary>
    public required bool ArchitectureDiffers { get; init; }

    /// <summary>All trained tensors together.</summary>
    public required WeightsDifference Difference { get; init; }
    public required IReadOnlyList<TensorComparison> Tensors { get; init; }
}

/// <summary>A metric of two versions; null where a version does not have it.</summary>
public sealed record MetricComparison
{
    public double? From { get; init; }
    public double? To { get; init; }
    public double? Difference { get; init; }
}

/// <summary>How far weights are from others.</summary>
public record WeightsDifference
{
    /// <summary>L2 norm of the first.</summary>
    public required double Norm { get; init; }

    /// <summary>L2 norm of the difference.</summary>
    public required double L2 { get; init; }

    /// <summary><see cref="L2"/> over <see cref="Norm"/>; null where that is 0.</summary>
    public double? Relative { get; init; }

    /// <summary>Largest absolute difference of one element.</summary>
    public required double MaxAbs { get; init; }

    /// <summary>Elements that are not the same.</summary>
    public required long Changed { get; init; }
}

/// <summary>How far one tensor is from another.</summary>
public sealed record TensorComparison : WeightsDifference
{
    public required string Name { get; init; }
    public required string Type { get; init; }
    public required IReadOnlyList<long> Shape { get; init; }
}
