using System.Buffers;
using System.IO.Compression;
using System.IO.Hashing;

namespace Octomil.Learning.Weights.PyTorch;

/// <summary>The contents of records, checked against their CRC-32; inflated where they have to be, into pooled memory.</summary>
internal sealed class TorchRecords(ReadOnlyMemory<byte> file) : IDisposable
{
    private readonly Dictionary<string, byte[]> _inflated = new(StringComparer.Ordinal);
    private readonly HashSet<string> _checked = new(StringComparer.Ordinal);

    /// <summary>The record as it lies in the archive, or inflated; its checksum is not looked at yet.</summary>
    public ReadOnlyMemory<byte> Read(in ZipEntry entry)
    {
        if (!entry.IsDeflated)
        {
            return file.Slice(entry.Start, entry.Bytes);
        }

        if (!_inflated.TryGetValue(entry.Name, out var bytes))
        {
            _inflated[entry.Name] = bytes = ArrayPool<byte>.Shared.Rent(Math.Max(1, entry.Bytes));
            Inflate(entry, bytes.AsSpan(0, entry.Bytes));
        }

        return bytes.AsMemory(0, entry.Bytes);
    }

    /// <summary>The record, its checksum compared (once).</summary>
    public ReadOnlyMemory<byte> ReadChecked(in ZipEntry entry)
    {
        var bytes = Read(entry);
        if (NeedsCheck(entry))
        {
            Check(entry, Crc32.HashToUInt32(bytes.Span));
        }

        return bytes;
    }

    public bool NeedsCheck(in ZipEntry entry) => !_checked.Contains(entry.Name);

    public void Check(in ZipEntry entry, uint crc)
    {
        if (crc != entry.Crc)
        {
            throw ZipDirectory.Invalid($"The checksum of its record '{entry.Name}' is wrong: the file is damaged, or was saved without checksums. Save and send it again.");
        }

        _checked.Add(entry.Name);
    }

    /// <summary>Nothing more is read of the record.</summary>
    public void Release(in ZipEntry entry)
    {
        if (_inflated.Remove(entry.Name, out var bytes))
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    public void Dispose()
    {
        foreach (var bytes in _inflated.Values)
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }

        _inflated.Clear();
    }

    private unsafe void Inflate(in ZipEntry entry, Span<byte> destination)
    {
        fixed (byte* packed = file.Span.Slice(entry.Start, entry.StoredBytes))
        {
            using var inflating = new DeflateStream(new UnmanagedMemoryStream(packed, entry.StoredBytes), CompressionMode.Decompress);
            try
            {
                // No more is inflated than the directory says, and that was held against the limit.
                if (inflating.ReadAtLeast(destination, destination.Length, throwOnEndOfStream: false) == destination.Length && inflating.ReadByte() < 0)
                {
                    return;
                }
            }
            catch (InvalidDataException exception)
            {
                throw new WeightsFormatException(WeightsErrors.InvalidArchive, $"The record '{entry.Name}' of the PyTorch archive cannot be inflated: the file is damaged. Send it again.", null, exception);
            }
        }

        throw ZipDirectory.Invalid($"The record '{entry.Name}' does not inflate to the size that its directory says. Save the weights again with torch.save.");
    }
}
