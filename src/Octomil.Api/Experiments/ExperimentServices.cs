using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Octomil.Experiments;

/// <summary>Registration of the experiments' slice.</summary>
internal static class ExperimentServices
{
    public static IServiceCollection AddExperiments(this IServiceCollection services)
    {
        services.TryAddSingleton<ExperimentCalls>();
        return services;
    }
}
