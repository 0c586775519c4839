using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Octomil.Client;

/// <summary>
/// The seed of a device's shuffling in a round: the first 8 bytes, big-endian, of SHA-256 over the run's seed (8 bytes, big-endian),
/// the round's number (4 bytes, big-endian) and the device id in UTF-8. It takes the round's number and not its id, so a second
/// attempt at a round trains alike.
/// </summary>
public static class RoundSeed
{
    /// <param name="runSeed">The run's seed, <c>training.seed</c> of an assignment.</param>
    /// <param name="roundNumber">Counted from 1.</param>
    /// <param name="deviceId">The device's id, <c>dev_...</c>.</param>
    public static ulong For(long runSeed, int roundNumber, string deviceId)
    {
        var input = new byte[sizeof(long) + sizeof(int) + Encoding.UTF8.GetByteCount(deviceId)];
        BinaryPrimitives.WriteInt64BigEndian(input, runSeed);
        BinaryPrimitives.WriteInt32BigEndian(input.AsSpan(sizeof(long)), roundNumber);
        Encoding.UTF8.GetBytes(deviceId, input.AsSpan(sizeof(long) + sizeof(int)));
        return BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(input));
    }
}
