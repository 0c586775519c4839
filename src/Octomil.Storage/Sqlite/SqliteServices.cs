using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Octomil.Deployments;
using Octomil.Devices;
using Octomil.Experiments;
using Octomil.Organizations;
using Orleans.Configuration;

namespace Octomil.Storage.Sqlite;

/// <summary>The embedded database.</summary>
internal static class SqliteServices
{
    public static ISiloBuilder AddSqlite(this ISiloBuilder silo)
    {
        silo.Services.TryAddSingleton<SqliteDatabase>();
        silo.Services.TryAddSingleton<IDatabase>(provider => provider.GetRequiredService<SqliteDatabase>());
        silo.Services.TryAddSingleton<SqliteDataSource>();
        silo.Services.TryAddSingleton<IErasure, SqliteErasure>();
        silo.Services.TryAddSingleton<IDeviceRegistry, SqliteDeviceRegistry>();
        silo.Services.TryAddSingleton<IVersionReports, SqliteVersionReports>();
        silo.Services.TryAddSingleton<IExperimentObservations, SqliteExperimentObservations>();
        silo.Services.TryAddSingleton<IAuditLog, SqliteAuditLog>();
        silo.Services.TryAddSingleton<IStoredReferences, SqliteReferences>();
        silo.AddAdoNetGrainStorage(StorageNames.Grains, (OptionsBuilder<AdoNetGrainStorageOptions> options) => options.Configure<SqliteDataSource>(
            (storage, source) => (storage.Invariant, storage.DataSource) = (SqliteDataSource.Invariant, source)));
        // Who watches a run is gone with the only server.
        silo.AddMemoryGrainStorage(StorageNames.PubSub);
        return silo.UseAdoNetReminderService((OptionsBuilder<AdoNetReminderTableOptions> options) => options.Configure<SqliteDataSource>(
            (reminders, source) => (reminders.Invariant, reminders.DataSource) = (SqliteDataSource.Invariant, source)));
    }
}
