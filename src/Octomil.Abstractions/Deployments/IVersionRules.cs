using System.Collections.Immutable;

namespace Octomil.Deployments;

/// <summary>The rules of organizations, on this silo: kept for a while and changed by pushes, so that a greeting costs no call.</summary>
public interface IVersionRules
{
    ValueTask<ImmutableArray<VersionRule>> GetAsync(string organizationId);
}

/// <summary>Sums what devices count on this silo and passes it on once a second, so that a million devices are a few messages.</summary>
public interface IVersionTelemetry
{
    void Add(string organizationId, string modelId, CountedVersion counted);
}

/// <summary>Which versions of models there are, on this silo: kept for a while, so that reports of many devices cost no call each.</summary>
public interface IKnownVersions
{
    /// <summary>False: no such model or version for the organization.</summary>
    ValueTask<bool> IsKnownAsync(string organizationId, string modelId, string version);
}
