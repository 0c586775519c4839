using System.Text.Json;

namespace Octomil.Models;

/// <summary>POST /models. The same name again returns the same model.</summary>
public sealed record CreateModelRequest
{
    public required string Name { get; init; }
    public string? Description { get; init; }
    public string? Framework { get; init; }
    public string? UseCase { get; init; }
    public string? OrgId { get; init; }
}

/// <summary>A model of the registry.</summary>
public sealed record ModelResponse
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public string? Framework { get; init; }
    public string? Description { get; init; }
    public string? UseCase { get; init; }
    public string? OrgId { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }
    public string? LatestVersion { get; init; }
    public JsonElement? Architecture { get; init; }
    public IReadOnlyList<string>? Federations { get; init; }

    /// <summary>Versions by the aliases that stand for them.</summary>
    public IReadOnlyDictionary<string, string>? Aliases { get; init; }
}

/// <summary>GET /models.</summary>
public sealed record ModelList
{
    public required IReadOnlyList<ModelResponse> Models { get; init; }
    public required int Total { get; init; }
    public required int Limit { get; init; }
    public required int Offset { get; init; }
}

/// <summary>An immutable version of a model.</summary>
public sealed record ModelVersionResponse
{
    public required string Version { get; init; }
    /// <summary>active or deprecated.</summary>
    public string? Status { get; init; }
    public string? DeprecationReason { get; init; }
    public DateTimeOffset? DeprecatedAt { get; init; }
    public IReadOnlyList<string>? Aliases { get; init; }
    public string? Description { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }
    public string? Sha256 { get; init; }
    public long? SizeBytes { get; init; }
    public long? ParameterCount { get; init; }
    public JsonElement? Architecture { get; init; }
    public IReadOnlyDictionary<string, double>? Metrics { get; init; }
    public LineageResponse? Lineage { get; init; }

    /// <summary>SHA-256 by format; formats other than safetensors appear once they were asked for.</summary>
    public IReadOnlyDictionary<string, string>? Checksums { get; init; }
}

/// <summary>Where a trained version comes from.</summary>
public sealed record LineageResponse
{
    public required string SessionId { get; init; }
    public required string BaseVersion { get; init; }
    public required string Strategy { get; init; }
    public required int Rounds { get; init; }
    public required IReadOnlyList<string> Organizations { get; init; }
    public string? FederationId { get; init; }
    public PrivacySpentResponse? PrivacySpent { get; init; }
}

/// <summary>What a run cost each organization at most.</summary>
public sealed record PrivacySpentResponse
{
    public required double Epsilon { get; init; }
    public required double Delta { get; init; }
}

/// <summary>GET /models/{id}/versions, newest first.</summary>
public sealed record ModelVersionList
{
    public required IReadOnlyList<ModelVersionResponse> Versions { get; init; }
    public int Total { get; init; }
    public int Limit { get; init; }
    public int Offset { get; init; }
}

/// <summary>GET /models/{id}/versions/latest.</summary>
public sealed record LatestVersionResponse
{
    public required string Version { get; init; }
}

/// <summary>POST /models/{id}/versions/upload.</summary>
public sealed record UploadVersionResponse
{
    public required string ModelId { get; init; }
    public required string Version { get; init; }
    public required IReadOnlyDictionary<string, string> Formats { get; init; }
    public required IReadOnlyDictionary<string, string> Checksums { get; init; }
}

/// <summary>GET /models/{id}/versions/{v}/download-url.</summary>
public sealed record DownloadUrlResponse
{
    public required string Url { get; init; }
}
