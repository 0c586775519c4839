using Octomil.Client.Http;

namespace Octomil.Client.Connections;

/// <summary>A device and how it calls the service.</summary>
internal sealed record DeviceCaller(OctomilApi Api, DeviceRegistration Device);
