using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Octomil.Models;

/// <summary>Registration of the models' slice.</summary>
internal static class ModelServices
{
    public static IServiceCollection AddModels(this IServiceCollection services)
    {
        services.AddDataProtection();
        services.AddOptions<ModelOptions>().BindConfiguration(ModelOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<Microsoft.Extensions.Options.IValidateOptions<ModelOptions>, ModelOptionsValidator>());
        services.TryAddSingleton<ModelNames>();
        services.TryAddSingleton<RunAliases>();
        services.TryAddSingleton<WeightsFormats>();
        services.TryAddSingleton<VersionComparisons>();
        services.TryAddSingleton<Downloads>();
        services.TryAddSingleton<DownloadTickets>();
        services.TryAddSingleton<VersionUploads>();
        return services;
    }

    public static void MapModels(this IEndpointRouteBuilder api)
    {
        api.MapModelRegistry();
        api.MapModelVersions();
        api.MapVersionLife();
        api.MapModelAliases();
        api.MapModelDownloads();
    }
}
