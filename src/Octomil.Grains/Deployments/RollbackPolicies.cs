using Microsoft.Extensions.Options;

namespace Octomil.Deployments;

/// <summary>Each organization's policy.</summary>
internal interface IRollbackPolicies
{
    ValueTask<RollbackPolicy> GetAsync(string organizationId);
}

/// <summary>The service's own policy, for every organization.</summary>
internal sealed class RollbackPolicies(IOptions<DeploymentOptions> options) : IRollbackPolicies
{
    public ValueTask<RollbackPolicy> GetAsync(string organizationId) => ValueTask.FromResult(options.Value.ToPolicy());
}
