using MessagePack;
using MessagePack.Resolvers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Octomil.Organizations;

namespace Octomil.Devices;

/// <summary>Registration of the devices' slice.</summary>
internal static class DeviceServices
{
    private const long MessageBytes = 32 * 1024;

    /// <summary>Messages as maps by property name.</summary>
    internal static MessagePackSerializerOptions MessagePack { get; } = MessagePackSerializerOptions.Standard
        .WithResolver(CompositeResolver.Create([new JsonElementFormatter()], [ContractlessStandardResolver.Instance]))
        .WithSecurity(MessagePackSecurity.UntrustedData);

    public static IServiceCollection AddDevices(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<DeviceNames>();
        services.TryAddSingleton<HelloDeadline>();
        services.TryAddSingleton<DeviceConnections>();
        services.TryAddSingleton<DeviceHubErrors>();
        services.AddMetrics();
        services.AddHostedService<DeviceMeter>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>, DeviceReturn>();

        // A silo without a hub has its own, which tells nobody.
        services.Replace(ServiceDescriptor.Singleton<IDeviceConnections>(provider => provider.GetRequiredService<DeviceConnections>()));
        services.AddSignalR()
            .AddHubOptions<DeviceHub>(options =>
            {
                options.AddFilter<DeviceHubErrors>();
                options.MaximumReceiveMessageSize = MessageBytes;
                options.KeepAliveInterval = TimeSpan.FromSeconds(30);
                options.ClientTimeoutInterval = TimeSpan.FromSeconds(90);
            })
            .AddJsonProtocol(options => ContractJson.Configure(options.PayloadSerializerOptions))
            .AddMessagePackProtocol(options => options.SerializerOptions = MessagePack);
        return services;
    }

    public static void MapDeviceHub(this IEndpointRouteBuilder endpoints) => endpoints
        .MapHub<DeviceHub>(DeviceHub.Path, options =>
        {
            options.ApplicationMaxBufferSize = 2 * MessageBytes;
            options.Transports = HttpTransports.All;
        })
        .RequireScope(Scopes.DevicesWrite)
        .OfDeviceProtocol()
        .WithoutTurn();
}
