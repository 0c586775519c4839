using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Octomil.Devices;

/// <summary>What devices need on a silo.</summary>
internal static class DeviceServices
{
    public static IServiceCollection AddDevices(this IServiceCollection services)
    {
        services.AddOptions<DirectoryOptions>().BindConfiguration(DirectoryOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<DirectoryOptions>, DirectoryOptionsValidator>());
        services.TryAddSingleton<DeviceRowWriter>();
        services.AddHostedService(provider => provider.GetRequiredService<DeviceRowWriter>());
        services.TryAddSingleton<DevicePush>();
        services.TryAddSingleton<IDeviceLocator, DeviceLocator>();
        services.TryAddSingleton<IDeviceConnections, NoDeviceConnections>();
        services.AddGrainService<DevicePushService>();
        return services;
    }
}

[OptionsValidator]
internal sealed partial class DirectoryOptionsValidator : IValidateOptions<DirectoryOptions>;
