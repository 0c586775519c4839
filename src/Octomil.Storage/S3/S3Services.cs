using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Octomil.Storage.Payloads;

namespace Octomil.Storage.S3;

/// <summary>Registration of payloads: the data folder's, or a bucket's where the section <see cref="S3Options"/> names one.</summary>
internal static class S3Services
{
    public static IServiceCollection AddPayloads(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<S3Options>().BindConfiguration(S3Options.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<S3Options>, S3OptionsValidator>());
        services.TryAddSingleton<FolderPayloads>();
        // Where they can be overwritten in place, also where payloads are in a bucket.
        services.TryAddSingleton<IKeyHalves>(provider => provider.GetRequiredService<FolderPayloads>());
        return configuration.GetSection(S3Options.Section).Get<S3Options>() is { IsChosen: true }
            ? services.AddS3().AddStore<S3Payloads>()
            : services.AddStore<FolderPayloads>();
    }

    private static IServiceCollection AddS3(this IServiceCollection services)
    {
        services.TryAddSingleton<S3Bucket>();
        services.TryAddSingleton<WeightsCache>();
        services.TryAddSingleton<S3Payloads>();
        return services;
    }

    private static IServiceCollection AddStore<T>(this IServiceCollection services) where T : class, IPayloadStore, IPayloadInventory, IPayloadLifecycle
    {
        services.TryAddSingleton<IPayloadStore>(provider => provider.GetRequiredService<T>());
        services.TryAddSingleton<IPayloadInventory>(provider => provider.GetRequiredService<T>());
        services.TryAddSingleton<IPayloadLifecycle>(provider => provider.GetRequiredService<T>());
        return services;
    }
}
