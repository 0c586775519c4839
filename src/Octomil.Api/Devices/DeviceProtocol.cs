using Microsoft.AspNetCore.Builder;

namespace Octomil.Devices;

/// <summary>Marks the endpoints that devices call: the only ones for whoever may act for one device alone, and not in the audit log.</summary>
internal sealed class DeviceProtocol;

/// <summary>Which endpoints devices call.</summary>
internal static class DeviceProtocolMetadata
{
    public static TBuilder OfDeviceProtocol<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata(new DeviceProtocol());
}
