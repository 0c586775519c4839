using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Octomil.Deployments;

/// <summary>Registration of the deployments' slice.</summary>
internal static class DeploymentServices
{
    public static IServiceCollection AddDeployments(this IServiceCollection services)
    {
        services.TryAddSingleton<RolloutViews>();
        services.TryAddSingleton<RolloutCalls>();
        services.TryAddSingleton<DeviceVersions>();
        services.TryAddSingleton<SeenBatches>();
        services.TryAddSingleton<CountedTelemetry>();
        return services;
    }

    public static void MapDeployments(this IEndpointRouteBuilder api)
    {
        api.MapRollouts();
        api.MapDeviceVersions();
    }
}
