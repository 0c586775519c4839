using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Octomil.Devices;

namespace Octomil.Organizations;

/// <summary>Registration of what establishes who a caller is.</summary>
internal static class AccessServices
{
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddOptions<AccessOptions>().BindConfiguration(AccessOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<AccessOptions>, AccessOptionsValidator>());
        services.AddOptions<OidcOptions>().BindConfiguration(OidcOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<OidcOptions>, OidcOptionsValidator>());
        services.AddOptions<DeviceCertificateOptions>().BindConfiguration(DeviceCertificateOptions.Section);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<SealedTokens>();
        services.TryAddSingleton<Callers>();
        services.TryAddSingleton<AddressGuard>();
        services.TryAddSingleton<Passwords>();
        services.TryAddSingleton<PersonSessions>();
        services.TryAddSingleton<Invitations>();
        services.TryAddSingleton<SignIns>();
        services.TryAddSingleton<AuthServices>();
        services.TryAddSingleton<DeviceTokens>();
        services.TryAddSingleton<Oidc>();
        services.AddSingleton<IConfigureOptions<JwtBearerOptions>>(provider => provider.GetRequiredService<Oidc>());
        services.TryAddSingleton<DeviceCertificates>();
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>>(provider => provider.GetRequiredService<DeviceCertificates>());
        return services;
    }
}
