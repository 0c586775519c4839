using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Octomil.Training;

/// <summary>What training needs on a silo.</summary>
internal static class TrainingServices
{
    public static IServiceCollection AddTraining(this IServiceCollection services)
    {
        services.AddOptions<RoundOptions>().BindConfiguration(RoundOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RoundOptions>, RoundOptionsValidator>());
        services.TryAddSingleton<BufferPool>();
        services.TryAddSingleton<RoundFolds>();
        services.TryAddSingleton<IRoundFolds>(provider => provider.GetRequiredService<RoundFolds>());
        services.AddMetrics();
        services.TryAddSingleton<RoundMeter>();
        services.TryAddSingleton<RoundAggregates>();
        services.TryAddSingleton<RoundSealer>();
        services.TryAddSingleton<CohortSelector>();
        services.TryAddSingleton<RunEvents>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, RunWaker>();
        services.TryAddSingleton<WeightsSweep>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, RoundSweep>();
        return services;
    }
}
