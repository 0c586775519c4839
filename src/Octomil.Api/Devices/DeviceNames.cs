using System.Text.RegularExpressions;
using Octomil.Organizations;

namespace Octomil.Devices;

/// <summary>Finds a caller's own devices by id or identifier; another organization's device is one that does not exist.</summary>
internal sealed partial class DeviceNames(IGrainFactory grains)
{
    // No device has it.
    private const string Nobody = "dev_none";

    public async Task<Found<DeviceSnapshot>> FindAsync(Caller caller, string idOrIdentifier)
    {
        var id = Id(caller, idOrIdentifier);
        return await grains.GetDevice(id).GetAsync(caller.OrganizationId) is { } device
            ? new Found<DeviceSnapshot>(device)
            : new Found<DeviceSnapshot>(Refusal.NotFound("device", idOrIdentifier));
    }

    /// <summary>The same for a device that speaks for itself: one that is revoked is refused.</summary>
    public async Task<Found<DeviceSnapshot>> FindActiveAsync(Caller caller, string idOrIdentifier) =>
        (await FindAsync(caller, idOrIdentifier)).Is(out var device, out var refusal)
            ? device.RevokedAt is null ? new Found<DeviceSnapshot>(device) : new Found<DeviceSnapshot>(Refusal.DeviceRevoked())
            : new Found<DeviceSnapshot>(refusal);

    /// <summary>
    /// The id that the text stands for; whether there is such a device is not asked. To whoever may act for one device alone, another
    /// is one that does not exist.
    /// </summary>
    public static string Id(Caller caller, string idOrIdentifier)
    {
        var id = IdPattern().IsMatch(idOrIdentifier) ? idOrIdentifier : GrainKeys.DeviceId(caller.OrganizationId, idOrIdentifier);
        return caller.DeviceId is null || caller.DeviceId == id ? id : Nobody;
    }

    [GeneratedRegex("^dev_[0-9a-f]{16}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex IdPattern();
}
