using System.Security.Cryptography;
using System.Text;

namespace Octomil.Deployments;

/// <summary>
/// The last batches of telemetry that this silo counted, so that one that is sent again does not count again. A repetition that reaches
/// another silo does: its counts are small, and decisions are made on many.
/// </summary>
internal sealed class SeenBatches
{
    private const int Most = 100_000;

    private readonly Lock _gate = new();
    private readonly HashSet<UInt128> _seen = [];
    private readonly Queue<UInt128> _order = new();

    /// <summary>False: it was seen before.</summary>
    public bool Add(string deviceId, string batchId)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{deviceId}\n{batchId}"));
        var key = System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash);
        lock (_gate)
        {
            if (!_seen.Add(key))
            {
                return false;
            }

            _order.Enqueue(key);
            if (_order.Count > Most)
            {
                _seen.Remove(_order.Dequeue());
            }

            return true;
        }
    }
}
