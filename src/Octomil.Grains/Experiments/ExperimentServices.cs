using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Octomil.Experiments;

/// <summary>What experiments need on a silo.</summary>
internal static class ExperimentServices
{
    public static IServiceCollection AddExperiments(this IServiceCollection services)
    {
        services.TryAddSingleton<ExperimentTelemetry>();
        services.TryAddSingleton<IExperimentTelemetry>(provider => provider.GetRequiredService<ExperimentTelemetry>());
        services.AddHostedService(provider => provider.GetRequiredService<ExperimentTelemetry>());
        return services;
    }
}
