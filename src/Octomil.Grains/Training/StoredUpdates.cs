using System.Runtime.InteropServices;
using System.Text;
using Octomil.Storage;

namespace Octomil.Training;

/// <summary>An update that is stored by itself until its round is sealed, for strategies that need every one.</summary>
/// <param name="Device">Its index in the plan.</param>
/// <param name="Weight">Its integer weight.</param>
/// <param name="SumOfSquares">||delta||^2.</param>
/// <param name="Payload">Its values, as <see cref="UpdateValues"/> stores them.</param>
internal sealed record StoredUpdate(int Device, long Weight, double SumOfSquares, CheckpointRef Payload);

/// <summary>
/// The list of a fold's stored updates, and its tally: what its checkpoint holds instead of sums. Both are the head of a checkpoint
/// without sums.
/// </summary>
internal static class UpdateList
{
    public static byte[] ToBytes(FoldTally tally, IReadOnlyCollection<StoredUpdate> updates)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        var head = tally.ToBytes();
        writer.Write(head.Length);
        writer.Write(head);

        foreach (var update in updates)
        {
            writer.Write(update.Device);
            writer.Write(update.Weight);
            writer.Write(update.SumOfSquares);
            writer.Write(update.Payload.Name);
            writer.Write(update.Payload.Bytes);
            writer.Write(update.Payload.Checksum);
        }

        return stream.ToArray();
    }

    public static (FoldTally Tally, List<StoredUpdate> Updates) FromBytes(ReadOnlyMemory<byte> bytes, RoundPlan plan)
    {
        using var stream = new MemoryStream(bytes.ToArray(), writable: false);
        using var reader = new BinaryReader(stream, Encoding.UTF8);
        var tally = FoldTally.FromBytes(reader.ReadBytes(reader.ReadInt32()), plan.Organizations.Length);
        var updates = new List<StoredUpdate>();

        while (stream.Position < stream.Length)
        {
            updates.Add(new StoredUpdate(reader.ReadInt32(), reader.ReadInt64(), reader.ReadDouble(), new CheckpointRef
            {
                RoundId = plan.RoundId, Name = reader.ReadString(), Bytes = reader.ReadInt64(), Checksum = reader.ReadUInt64(),
            }));
        }

        return (tally, updates);
    }
}

/// <summary>Values to be stored, two in an integer: so they take no more room than they have bits.</summary>
internal sealed class UpdateValues(ReadOnlyMemory<float> values) : ISumsSource
{
    public long Count => CountOf(values.Length);

    public int SignificantBytes => sizeof(long);

    public static long CountOf(long values) => (values + 1) / 2;

    public void Read(long offset, Span<long> into)
    {
        var bytes = MemoryMarshal.AsBytes(values.Span[(int)(2 * offset)..]);
        var target = MemoryMarshal.AsBytes(into);
        target.Clear();
        bytes[..Math.Min(bytes.Length, target.Length)].CopyTo(target);
    }
}

/// <summary>No sums at all.</summary>
internal sealed class NoSums : ISumsSource
{
    public static NoSums Instance { get; } = new();

    public long Count => 0;

    public int SignificantBytes => sizeof(long);

    public void Read(long offset, Span<long> into)
    {
    }
}
