using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Npgsql;
using Octomil.Deployments;
using Octomil.Devices;
using Octomil.Experiments;
using Octomil.Organizations;
using Orleans.Configuration;
using Orleans.Storage;

namespace Octomil.Storage.Postgres;

/// <summary>The database of several servers: grain state, reminders and membership.</summary>
internal static class PostgresServices
{
    private const string Invariant = "Npgsql";
    private const string Inner = StorageNames.Grains + "-postgres";

    public static ISiloBuilder AddPostgres(this ISiloBuilder silo)
    {
        var services = silo.Services;
        services.TryAddSingleton(provider => NpgsqlDataSource.Create(provider.GetRequiredService<IOptions<ClusterOptions>>().Value.ConnectionString!));
        services.TryAddSingleton<IDatabase, PostgresDatabase>();
        services.TryAddSingleton<IErasure, PostgresErasure>();
        services.TryAddSingleton<IDeviceRegistry, PostgresDeviceRegistry>();
        services.TryAddSingleton<IVersionReports, PostgresVersionReports>();
        services.TryAddSingleton<IExperimentObservations, PostgresExperimentObservations>();
        services.TryAddSingleton<IAuditLog, PostgresAuditLog>();
        services.TryAddSingleton<IStoredReferences, PostgresReferences>();
        silo.AddAdoNetGrainStorage(Inner, (OptionsBuilder<AdoNetGrainStorageOptions> options) => options.Configure<NpgsqlDataSource>(
            (storage, source) => (storage.Invariant, storage.DataSource) = (Invariant, source)));

        foreach (var name in (ReadOnlySpan<string>)[StorageNames.Grains, StorageNames.PubSub])
        {
            services.AddKeyedSingleton<IGrainStorage>(name, (provider, _) => new PostgresGrainStorage(provider.GetRequiredKeyedService<IGrainStorage>(Inner)));
        }

        silo.UseAdoNetClustering((OptionsBuilder<AdoNetClusteringSiloOptions> options) => options.Configure<NpgsqlDataSource>(
            (membership, source) => (membership.Invariant, membership.DataSource) = (Invariant, source)));
        silo.UseAdoNetReminderService((OptionsBuilder<AdoNetReminderTableOptions> options) => options.Configure<NpgsqlDataSource>(
            (reminders, source) => (reminders.Invariant, reminders.DataSource) = (Invariant, source)));

        // The provider's own table is known by its registration only.
        var table = services.Last(service => service.ServiceType == typeof(IReminderTable)).ImplementationType!;
        services.Replace(ServiceDescriptor.Singleton<IReminderTable>(
            provider => new PostgresReminders((IReminderTable)ActivatorUtilities.CreateInstance(provider, table))));
        return silo;
    }
}
