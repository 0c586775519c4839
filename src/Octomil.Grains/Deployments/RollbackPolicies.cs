using Microsoft.Extensions.Options;

namespace Octomil.Deployments;

/// <summary>Each organization's policy.</summary>
internal interface IRollbackPolicies
{
    Task<RollbackPolicy> GetAsync(string organizationId);
}

/// <summary>What the organization's settings say; where they say nothing, the service's own.</summary>
internal sealed class RollbackPolicies(IGrainFactory grains, IOptions<DeploymentOptions> options) : IRollbackPolicies
{
    public async Task<RollbackPolicy> GetAsync(string organizationId)
    {
        var own = options.Value.ToPolicy();
        var settings = await grains.GetOrganizationPrivacy(organizationId).GetSettingsAsync();
        return own with
        {
            Enabled = settings?.AutoRollbackEnabled ?? own.Enabled,
            ErrorThreshold = settings?.ErrorThreshold ?? own.ErrorThreshold,
        };
    }
}
