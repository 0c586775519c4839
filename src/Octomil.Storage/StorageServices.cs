using Microsoft.Extensions.DependencyInjection;

namespace Octomil.Storage;

/// <summary>Registration of storage.</summary>
public static class StorageServices
{
    /// <summary>
    /// Everything of this project, and Orleans grain storage (<see cref="StorageNames.Grains"/>) and reminders on it.
    /// </summary>
    public static ISiloBuilder AddOctomilStorage(this ISiloBuilder silo)
    {
        silo.Services.AddOptions<StorageOptions>().BindConfiguration(StorageOptions.Section).ValidateOnStart();
        return silo;
    }
}
