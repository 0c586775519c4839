using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Octomil.Storage;

/// <summary>Registration of Data Protection on the data folder.</summary>
public static class DataProtectionServices
{
    /// <summary>The same on every server, so that all open what one has wrapped.</summary>
    private const string ApplicationName = "octomil";

    /// <summary>Keeps the key ring in <c>keys</c> of the data folder, readable by its owner only. Part of <see cref="StorageServices.AddOctomilStorage"/>.</summary>
    public static IServiceCollection AddOctomilDataProtection(this IServiceCollection services)
    {
        services.AddDataProtection().SetApplicationName(ApplicationName);
        services.TryAddSingleton<DataFolder>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<KeyManagementOptions>, KeyRing>());
        services.TryAddSingleton<IRoundKeys, RoundKeys>();
        services.TryAddSingleton<ISecretSeals, SecretSeals>();
        return services;
    }

    private sealed class KeyRing(DataFolder folder, ILoggerFactory loggers) : IConfigureOptions<KeyManagementOptions>
    {
        public void Configure(KeyManagementOptions options)
        {
            // The repository creates its folder, for everybody to read, unless it is there. Whoever asks first opens the data folder.
            folder.Open();
            options.XmlRepository = new FileSystemXmlRepository(new DirectoryInfo(folder.KeysPath), loggers);
        }
    }
}
