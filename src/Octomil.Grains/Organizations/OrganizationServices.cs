using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Octomil.Organizations;

/// <summary>What organizations need.</summary>
internal static class OrganizationServices
{
    public static IServiceCollection AddOrganizations(this IServiceCollection services)
    {
        services.TryAddSingleton<IIdSource, CryptographicIdSource>();
        services.TryAddSingleton(TimeProvider.System);
        return services;
    }
}
