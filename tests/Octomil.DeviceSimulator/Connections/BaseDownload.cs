using System.Buffers;
using Octomil.Client.Http;
using Octomil.Training;

namespace Octomil.DeviceSimulator.Connections;

/// <summary>Reads the weights that a round starts from, as every device does, and keeps nothing of them but where it is told to.</summary>
internal static class BaseDownload
{
    private const int ReadBytes = 64 * 1024;

    /// <param name="api">Where from.</param>
    /// <param name="weights">What to read.</param>
    /// <param name="into">Receives the bytes; <see cref="Stream.Null"/> keeps none.</param>
    /// <exception cref="InvalidDataException">There were more or fewer bytes than the assignment says.</exception>
    /// <exception cref="OctomilException">Refused or unreachable.</exception>
    public static async Task ReadAsync(OctomilApi api, BaseWeightsMessage weights, Stream into, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, api.Address.Resolve(weights.Url));
        using var response = await api.SendAsync(request, cancellationToken);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            var total = 0L;
            while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var count)
            {
                await into.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
                total += count;
            }

            if (total != weights.Bytes)
            {
                throw new InvalidDataException($"The base weights have {total} bytes, not {weights.Bytes}.");
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
