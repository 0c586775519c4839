using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Octomil.Storage.Postgres;
using Octomil.Storage.S3;
using Octomil.Storage.Sqlite;
using Orleans.Storage;

namespace Octomil.Storage;

/// <summary>Registration of storage.</summary>
public static class StorageServices
{
    /// <summary>
    /// Everything of this project, and Orleans grain storage (<see cref="StorageNames.Grains"/>) and reminders on it: SQLite for one
    /// server, PostgreSQL for several (<see cref="ClusterOptions"/>).
    /// </summary>
    public static ISiloBuilder AddOctomilStorage(this ISiloBuilder silo)
    {
        var services = silo.Services;
        services.AddOptions<StorageOptions>().BindConfiguration(StorageOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>());
        services.AddOptions<ClusterOptions>().BindConfiguration(ClusterOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ClusterOptions>, ClusterOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.AddOctomilDataProtection();
        services.AddPayloads(silo.Configuration);
        services.TryAddSingleton<IStorageProbe, StorageProbe>();
        services.TryAddSingleton<StorageStart>();
        services.AddHostedService(provider => provider.GetRequiredService<StorageStart>());
        services.AddMetrics();
        services.AddHostedService<PayloadMeter>();

        // The default one writes CLR type names and cannot read immutable collections back.
        services.Replace(ServiceDescriptor.Singleton<IGrainStorageSerializer, OrleansGrainStorageSerializer>());

        return silo.Configuration.GetSection(ClusterOptions.Section).Get<ClusterOptions>() is { IsCluster: true } ? silo.AddPostgres() : silo.AddSqlite();
    }

    /// <summary>
    /// Opens the data folder, the bucket and the database before the host starts, where they would be opened otherwise: so whoever
    /// starts the process is told what is wrong with them in one line, and not among the failures of everything that needs them.
    /// </summary>
    /// <exception cref="StorageUnavailableException">One of them cannot be used; the message says what to do.</exception>
    public static Task OpenOctomilStorageAsync(this IServiceProvider services, CancellationToken cancellationToken) =>
        services.GetRequiredService<StorageStart>().OpenAsync(cancellationToken);
}
