using System.Security.Cryptography;
using System.Text;

namespace Octomil.Deployments;

/// <summary>
/// Which devices are inside a rollout's percentage. A device has one place in [0, 10,000) for each rollout, from
/// SHA-256(rollout id, device id): it keeps its side while the percentage grows, and its places in two rollouts are independent.
/// </summary>
public static class RolloutShare
{
    /// <summary>All devices, in hundredths of a percent.</summary>
    public const int All = 10_000;

    /// <summary>Whether the first <paramref name="basisPoints"/> of 10,000 places hold the device.</summary>
    public static bool Includes(string rolloutId, string deviceId, int basisPoints) =>
        basisPoints >= All || (basisPoints > 0 && PlaceOf(rolloutId, deviceId) < basisPoints);

    /// <summary>The device's place in [0, 10,000): floor(h / 2^64 x 10,000), h the first 8 bytes of the hash as a big-endian number.</summary>
    public static int PlaceOf(string rolloutId, string deviceId)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{rolloutId}\n{deviceId}"), hash);
        var number = System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(hash);
        return (int)(((UInt128)number * All) >> 64);
    }
}
