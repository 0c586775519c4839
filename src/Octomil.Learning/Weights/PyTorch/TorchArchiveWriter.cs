using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Octomil.Learning.Weights.PyTorch;

/// <summary>Writes weights as <c>torch.save</c> would: <c>torch.load(file, weights_only=True)</c> gives their state_dict. The same weights give the same bytes.</summary>
public static class TorchArchiveWriter
{
    private const string Root = "model";

    /// <summary>Most bytes of an archive: larger ones would need ZIP64.</summary>
    public const long MaxBytes = uint.MaxValue;

    /// <summary>Most tensors of an archive, for the same reason.</summary>
    public const int MaxTensors = ushort.MaxValue - 1 - ZipFormat.OtherRecords;

    /// <summary>True where weights with these tensors fit into an archive.</summary>
    public static bool Fits(WeightsLayout layout) =>
        layout.Tensors.Length <= MaxTensors && layout.DataBytes + (1024L * layout.Tensors.Length) + layout.FileBytes - layout.DataBytes < MaxBytes - (1 << 20);

    /// <summary>Writes the archive to a stream that need not be seekable.</summary>
    /// <exception cref="WeightsFormatException"><c>archive_too_large</c>: they do not fit (<see cref="Fits"/>).</exception>
    public static async Task WriteAsync(Stream stream, ModelWeights weights, CancellationToken cancellationToken)
    {
        if (!Fits(weights.Layout))
        {
            throw new WeightsFormatException(WeightsErrors.ArchiveTooLarge, $"These weights do not fit into a PyTorch archive, which has at most 4 GB and {MaxTensors} tensors. Take the safetensors file.");
        }

        var output = new ArchiveOutput(stream, cancellationToken);
        await output.WriteAsync($"{Root}/data.pkl", PickleWriter.Write(weights.Layout));
        await output.WriteAsync($"{Root}/byteorder", "little"u8.ToArray());
        for (var index = 0; index < weights.Layout.Tensors.Length; index++)
        {
            await WriteTensorAsync(output, weights, index);
        }

        await output.WriteAsync($"{Root}/version", "3\n"u8.ToArray());
        await output.EndAsync();
    }

    private static async Task WriteTensorAsync(ArchiveOutput output, ModelWeights weights, int index)
    {
        var tensor = weights.Layout.Tensors[index];
        var name = string.Create(CultureInfo.InvariantCulture, $"{Root}/data/{index}");
        if (!tensor.IsTrained)
        {
            await output.WriteAsync(name, weights.FrozenMemory(tensor.Name));
            return;
        }

        var values = weights.Trained.AsMemory((int)weights.Layout.OffsetAt(index), (int)tensor.ElementCount);
        await output.BeginAsync(new ZipPart(name, values.Length * (long)sizeof(float), Crc(values)));
        await TensorOutput.WriteAsync(output.Stream, values, output.CancellationToken);
    }

    // In pieces: as bytes a tensor may be longer than a span.
    private static uint Crc(ReadOnlyMemory<float> values)
    {
        const int Piece = 1 << 20;
        var crc = new Crc32();
        for (; !values.IsEmpty; values = values[Math.Min(Piece, values.Length)..])
        {
            crc.Append(MemoryMarshal.AsBytes(values.Span[..Math.Min(Piece, values.Length)]));
        }

        return crc.GetCurrentHashAsUInt32();
    }

    private sealed class ArchiveOutput(Stream stream, CancellationToken cancellationToken)
    {
        private readonly List<byte[]> _directory = [];
        private long _position;

        public Stream Stream => stream;

        public CancellationToken CancellationToken => cancellationToken;

        public async Task BeginAsync(ZipPart part)
        {
            var header = ZipHeaders.Local(part);
            _directory.Add(ZipHeaders.Central(part, (uint)_position));
            _position += header.Length + part.Bytes;
            await stream.WriteAsync(header, cancellationToken);
        }

        public async Task WriteAsync(string name, ReadOnlyMemory<byte> bytes)
        {
            await BeginAsync(new ZipPart(name, bytes.Length, Crc32.HashToUInt32(bytes.Span)));
            await stream.WriteAsync(bytes, cancellationToken);
        }

        public async Task EndAsync()
        {
            foreach (var entry in _directory)
            {
                await stream.WriteAsync(entry, cancellationToken);
            }

            await stream.WriteAsync(ZipHeaders.End(_directory.Count, (uint)_directory.Sum(entry => entry.Length), (uint)_position), cancellationToken);
        }
    }
}
