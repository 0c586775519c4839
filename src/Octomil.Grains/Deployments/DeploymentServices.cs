using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Octomil.Deployments;

/// <summary>What deployments need on a silo.</summary>
internal static class DeploymentServices
{
    public static IServiceCollection AddDeployments(this IServiceCollection services)
    {
        services.AddOptions<DeploymentOptions>().BindConfiguration(DeploymentOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<DeploymentOptions>, DeploymentOptionsValidator>());
        services.TryAddSingleton<IRollbackPolicies, RollbackPolicies>();
        services.TryAddSingleton<VersionRules>();
        services.TryAddSingleton<IVersionRules>(provider => provider.GetRequiredService<VersionRules>());
        services.TryAddSingleton<IKnownVersions, KnownVersions>();
        services.TryAddSingleton<VersionTelemetry>();
        services.TryAddSingleton<IVersionTelemetry>(provider => provider.GetRequiredService<VersionTelemetry>());
        services.AddHostedService(provider => provider.GetRequiredService<VersionTelemetry>());
        services.TryAddSingleton<VersionReportWriter>();
        services.TryAddSingleton<IVersionReportWriter>(provider => provider.GetRequiredService<VersionReportWriter>());
        services.AddHostedService(provider => provider.GetRequiredService<VersionReportWriter>());
        return services;
    }
}
