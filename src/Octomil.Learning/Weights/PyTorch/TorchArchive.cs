using System.Buffers;
using System.Collections.Immutable;

namespace Octomil.Learning.Weights.PyTorch;

/// <summary>
/// A state_dict as <c>torch.save</c> writes it: a ZIP archive of a pickle and raw storages. The pickle is read by an allow-list
/// (<see cref="PickleReader"/>); nothing in it can be executed. Its tensors go through the same checks as those of a safetensors file.
/// </summary>
public sealed class TorchArchive : IDisposable
{
    private const int BlockBytes = 16 * 1024;

    // Stays in the second-level cache between its checksum and its intake, where they do not read it together.
    private const int CheckedBytes = 128 * 1024;
    private const int MaxPickleBytes = SafetensorsHeader.MaxLength;

    private readonly TorchRecords _records;
    private readonly ImmutableArray<TorchTensor> _tensors;

    private TorchArchive(TorchRecords records, ImmutableArray<TorchTensor> tensors)
    {
        (_records, _tensors) = (records, tensors);
        var entries = ImmutableArray.CreateBuilder<SafetensorsEntry>(tensors.Length);
        var end = 0L;
        foreach (var tensor in tensors)
        {
            entries.Add(new SafetensorsEntry(tensor.Spec, end, end += tensor.Bytes));
        }

        Header = new SafetensorsHeader(entries.MoveToImmutable(), ImmutableDictionary<string, string>.Empty);
    }

    /// <summary>The tensors in the order of the state_dict, as a safetensors header would list them.</summary>
    public SafetensorsHeader Header { get; }

    /// <summary>True for the first bytes of an archive: the rest may still be no state_dict.</summary>
    public static bool IsArchive(ReadOnlySpan<byte> start) => start is [(byte)'P', (byte)'K', 3, 4, ..];

    /// <summary>Reads the archive's directory and pickle, and checks all that can be checked before a tensor is read.</summary>
    /// <param name="file">The whole file; must stay as it is until this is disposed.</param>
    /// <param name="maxDataBytes">Most bytes of all tensors, and of all storages: what is deflated may grow no further.</param>
    /// <exception cref="WeightsFormatException">It is no state_dict of plain tensors, or too large.</exception>
    public static TorchArchive Open(ReadOnlyMemory<byte> file, long maxDataBytes)
    {
        var records = new TorchRecords(file);
        try
        {
            return new TorchArchive(records, Tensors(ZipDirectory.Read(file.Span), records, maxDataBytes));
        }
        catch
        {
            records.Dispose();
            throw;
        }
    }

    /// <summary>The weights of a model; floating-point tensors become float32.</summary>
    /// <exception cref="WeightsFormatException">A record is damaged, or a value is not finite.</exception>
    public ModelWeights ToWeights()
    {
        var intake = new ModelIntake(Header);
        CopyTo(intake.Data);
        return ModelWeights.Finish(intake);
    }

    /// <inheritdoc/>
    public void Dispose() => _records.Dispose();

    internal void CopyTo(TensorIntake intake)
    {
        var block = ArrayPool<byte>.Shared.Rent(BlockBytes);
        try
        {
            var left = _tensors.CountBy(tensor => tensor.View.Storage.Key).ToDictionary(StringComparer.Ordinal);
            foreach (var tensor in _tensors)
            {
                Copy(tensor, block.AsSpan(0, BlockBytes), intake);
                if (--left[tensor.View.Storage.Key] == 0)
                {
                    _records.Release(tensor.Entry);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }

        intake.End();
    }

    private void Copy(TorchTensor tensor, Span<byte> block, TensorIntake intake)
    {
        if (tensor.Bytes == 0)
        {
            return;
        }

        if (!tensor.View.IsContiguous)
        {
            StridedCopy.Copy(tensor.View, _records.ReadChecked(tensor.Entry).Span, block, intake.Push);
        }
        else if (tensor.Bytes == tensor.Entry.Bytes && _records.NeedsCheck(tensor.Entry))
        {
            CopyWhole(tensor, intake);
        }
        else
        {
            var start = (int)(tensor.View.Offset * tensor.Spec.Type.ByteSize());
            intake.Push(_records.ReadChecked(tensor.Entry).Span.Slice(start, (int)tensor.Bytes));
        }
    }

    // One pass over memory for both the checksum and the values.
    private void CopyWhole(TorchTensor tensor, TensorIntake intake)
    {
        var checksum = new RecordChecksum();
        for (var rest = _records.Read(tensor.Entry).Span; !rest.IsEmpty; rest = rest[Math.Min(CheckedBytes, rest.Length)..])
        {
            var piece = rest[..Math.Min(CheckedBytes, rest.Length)];
            intake.Push(piece, checksum);
        }

        _records.Check(tensor.Entry, checksum.Finish());
    }

    private static ImmutableArray<TorchTensor> Tensors(Dictionary<string, ZipEntry> entries, TorchRecords records, long maxDataBytes)
    {
        CheckByteOrder(entries, records);
        var pickle = entries.TryGetValue("data.pkl", out var found) ? found : throw TensorBuilder.NotStateDict("There is no data.pkl in the archive.");
        if (pickle.Bytes > MaxPickleBytes || (pickle.IsDeflated && pickle.Bytes > Math.Max(maxDataBytes, BlockBytes)))
        {
            throw TooLarge("pickle", pickle.Bytes, Math.Min(MaxPickleBytes, maxDataBytes));
        }

        var state = new PickleReader(records.ReadChecked(pickle)).Read() as PickleDictionary ?? throw TensorBuilder.NotStateDict("It is not a dictionary.");
        var tensors = ImmutableArray.CreateBuilder<TorchTensor>(state.Items.Count);
        foreach (var (name, value) in state.Items)
        {
            tensors.Add(TorchTensor.Create(name, value, entries));
        }

        CheckSizes(tensors, maxDataBytes);
        return tensors.MoveToImmutable();
    }

    private static void CheckByteOrder(Dictionary<string, ZipEntry> entries, TorchRecords records)
    {
        if (entries.TryGetValue("byteorder", out var order) && (order.Bytes > BlockBytes || !records.ReadChecked(order).Span.SequenceEqual("little"u8)))
        {
            throw ZipDirectory.Invalid("Its numbers are not little-endian. Save the weights on a little-endian machine, or as safetensors.");
        }
    }

    private static void CheckSizes(IReadOnlyCollection<TorchTensor> tensors, long maxDataBytes)
    {
        var total = 0L;
        foreach (var tensor in tensors)
        {
            // Each is at most 2^43 bytes, so the sum is looked at before it can overflow.
            total += tensor.Bytes;
            if (total > maxDataBytes)
            {
                throw TooLarge("tensors", total, maxDataBytes);
            }
        }

        var stored = tensors.Select(tensor => tensor.View.Storage).Distinct().Sum(storage => storage.Bytes);
        if (stored > maxDataBytes)
        {
            throw TooLarge("storages", stored, maxDataBytes);
        }
    }

    private static WeightsFormatException TooLarge(string what, long bytes, long limit) =>
        new(WeightsErrors.ArchiveTooLarge, $"The archive's {what} have {bytes} bytes and more once unpacked; at most {limit} are read. Send the model's own tensors and nothing else.");
}
