namespace Octomil.Models;

/// <summary>What a wish about a version is over HTTP.</summary>
internal static class VersionChanges
{
    /// <summary>Null where it was done.</summary>
    public static Refusal? Of(VersionChange change, ModelSnapshot model, string asked) => change.Result switch
    {
        VersionChangeResult.Done => null,
        VersionChangeResult.ModelNotFound => Refusal.NotFound("model", model.Description.Name),
        VersionChangeResult.VersionNotFound => Refusal.NotFound($"version of {model.Description.Name}", asked),
        VersionChangeResult.NotOwner => Refusal.Forbidden(ErrorCodes.NotOwner, "Only the organization that owns the model may change what is said of its versions."),
        VersionChangeResult.Deprecated => Refusal.Conflict(ErrorCodes.VersionDeprecated, $"Version {change.Version} is deprecated, so no alias may stand for it. Reinstate it first, or take another."),
        VersionChangeResult.InUse => Refusal.Conflict(ErrorCodes.VersionInUse, $"Version {change.Version} cannot be deleted: {string.Join("; ", change.Uses)}.").With("uses", change.Uses),
        _ => throw new InvalidOperationException($"No HTTP answer for {change.Result}."),
    };
}
