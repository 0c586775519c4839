using Octomil.Training;

namespace Octomil.Models;

/// <summary>Versions as the API shows them.</summary>
internal static class VersionMessages
{
    public const string Active = "active";
    public const string Deprecated = "deprecated";

    public static ModelVersionResponse Of(ModelSnapshot model, ModelVersion version) => new()
    {
        Version = version.Version,
        Status = StatusOf(version),
        DeprecationReason = version.Deprecation?.Reason,
        DeprecatedAt = version.Deprecation?.At,
        Aliases = [.. model.Aliases.Where(alias => alias.Value == version.Version).Select(alias => alias.Key)],
        Description = version.Description,
        CreatedAt = version.CreatedAt,
        Sha256 = version.Weights.Sha256,
        SizeBytes = version.Weights.Bytes,
        ParameterCount = version.ParameterCount,
        Architecture = AssignmentMessages.Json(version.ArchitectureJson),
        Metrics = version.Metrics,
        Lineage = Of(version.Lineage),
        Checksums = Checksums(version),
    };

    public static string StatusOf(ModelVersion version) => version.Deprecation is null ? Active : Deprecated;

    public static Dictionary<string, string> Checksums(ModelVersion version)
    {
        var checksums = version.Formats.ToDictionary(format => format.Key, format => format.Value.Sha256, StringComparer.Ordinal);
        checksums[ModelFormats.Safetensors] = version.Weights.Sha256;
        return checksums;
    }

    private static LineageResponse? Of(Lineage? lineage) => lineage is null ? null : new LineageResponse
    {
        SessionId = lineage.RunId,
        BaseVersion = lineage.BaseVersion,
        Strategy = lineage.Strategy,
        Rounds = lineage.Rounds,
        Organizations = lineage.Organizations,
        FederationId = lineage.FederationId,
        PrivacySpent = lineage.PrivacySpent is { } spent ? new PrivacySpentResponse { Epsilon = spent.Epsilon, Delta = spent.Delta } : null,
    };
}
