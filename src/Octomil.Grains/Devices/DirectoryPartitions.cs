using System.Globalization;

namespace Octomil.Devices;

/// <summary>Which partition of its organization's directory a device is in.</summary>
internal static class DirectoryPartitions
{
    /// <remarks>A device id ends in hex digits of a hash, so its last eight are as good as a hash.</remarks>
    public static int Of(string deviceId, int partitions) =>
        uint.TryParse(deviceId.AsSpan(Math.Max(0, deviceId.Length - 8)), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var hash)
            ? (int)(hash % (uint)partitions)
            : throw new ArgumentException($"'{deviceId}' is not a device id: it should end in hex digits.", nameof(deviceId));
}
