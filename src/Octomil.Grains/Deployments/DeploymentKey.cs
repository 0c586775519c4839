namespace Octomil.Deployments;

/// <summary>Whose devices a deployment is for, and of which model.</summary>
internal sealed record DeploymentKey(string OrganizationId, string ModelId, string ModelName);
