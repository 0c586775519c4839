using System.Buffers.Binary;

namespace Octomil.Learning.Weights.PyTorch;

/// <summary>
/// The central directory of a ZIP archive in memory. Everything that could make two readers see two archives, or a small one become a
/// large one, is refused: encryption, other methods than stored and deflated, records that overlap, names that lead out of the archive.
/// </summary>
internal static class ZipDirectory
{
    /// <summary>The records by name, without the archive's root folder.</summary>
    /// <exception cref="WeightsFormatException"><c>invalid_archive</c>.</exception>
    public static Dictionary<string, ZipEntry> Read(ReadOnlySpan<byte> file)
    {
        var end = FindEnd(file);
        var count = BinaryPrimitives.ReadUInt16LittleEndian(file[(end + 10)..]);
        var length = BinaryPrimitives.ReadUInt32LittleEndian(file[(end + 12)..]);
        var start = BinaryPrimitives.ReadUInt32LittleEndian(file[(end + 16)..]);
        if (count == ushort.MaxValue || start == uint.MaxValue)
        {
            throw Invalid("It is in the ZIP64 format, which is for archives over 4 GB or 65,534 tensors. Send such weights as a safetensors file.");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(file[(end + 4)..]) != 0 || start + (long)length > end)
        {
            throw Invalid("Its directory is damaged, or it is one of several parts. Save the weights again with torch.save.");
        }

        return ReadEntries(file, file.Slice((int)start, (int)length), count);
    }

    public static WeightsFormatException Invalid(string what) => new(WeightsErrors.InvalidArchive, $"The PyTorch archive cannot be read. {what}");

    private static int FindEnd(ReadOnlySpan<byte> file)
    {
        // The comment of at most 65,535 bytes stands behind it, so it is sought from the end.
        for (var at = file.Length - ZipFormat.EndBytes; at >= Math.Max(0, file.Length - ZipFormat.EndBytes - ushort.MaxValue); at--)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(file[at..]) == ZipFormat.EndSignature
                && BinaryPrimitives.ReadUInt16LittleEndian(file[(at + 20)..]) == file.Length - at - ZipFormat.EndBytes)
            {
                return at;
            }
        }

        throw new WeightsFormatException(WeightsErrors.Truncated, "The PyTorch archive has no directory at its end. Send the whole file.");
    }

    private static Dictionary<string, ZipEntry> ReadEntries(ReadOnlySpan<byte> file, ReadOnlySpan<byte> directory, int count)
    {
        var entries = new Dictionary<string, ZipEntry>(StringComparer.Ordinal);
        var places = new List<(int Begin, int End)>(count);
        string? root = null;
        var limit = file.Length - directory.Length;
        for (var i = 0; i < count; i++)
        {
            var (entry, begin, length) = ReadEntry(file, directory, limit);
            directory = directory[length..];
            places.Add((begin, entry.Start + entry.StoredBytes));
            var slash = entry.Name.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0 || entry.Name[..slash] != (root ??= entry.Name[..slash]))
            {
                throw Invalid($"The record '{entry.Name}' is not in the archive's root folder. Save the weights again with torch.save.");
            }

            // A folder of its own is written by some zip programs.
            if (!entry.Name.EndsWith('/') && !entries.TryAdd(entry.Name[(slash + 1)..], entry))
            {
                throw Invalid($"The record '{entry.Name}' is there twice. Save the weights again with torch.save.");
            }
        }

        CheckPlaces(places);
        return entries;
    }

    private static (ZipEntry Entry, int Begin, int Length) ReadEntry(ReadOnlySpan<byte> file, ReadOnlySpan<byte> directory, int limit)
    {
        if (directory.Length < ZipFormat.CentralBytes || BinaryPrimitives.ReadUInt32LittleEndian(directory) != ZipFormat.CentralSignature)
        {
            throw Damaged();
        }

        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(directory[28..]);
        var length = ZipFormat.CentralBytes + nameLength
            + BinaryPrimitives.ReadUInt16LittleEndian(directory[30..]) + BinaryPrimitives.ReadUInt16LittleEndian(directory[32..]);
        if (directory.Length < length)
        {
            throw Damaged();
        }

        var rawName = directory.Slice(ZipFormat.CentralBytes, nameLength);
        var name = ZipNames.Read(rawName);
        var method = BinaryPrimitives.ReadUInt16LittleEndian(directory[10..]);
        CheckMethod(BinaryPrimitives.ReadUInt16LittleEndian(directory[8..]), method, name);
        var stored = BinaryPrimitives.ReadUInt32LittleEndian(directory[20..]);
        var bytes = BinaryPrimitives.ReadUInt32LittleEndian(directory[24..]);
        var begin = BinaryPrimitives.ReadUInt32LittleEndian(directory[42..]);
        var start = ContentStart(file, begin, rawName, method);
        if (start + stored > limit || bytes > Array.MaxLength || (method == ZipFormat.Stored && stored != bytes))
        {
            throw Invalid($"The record '{name}' is larger than 2 GB or than the archive itself. Save the weights again with torch.save.");
        }

        var crc = BinaryPrimitives.ReadUInt32LittleEndian(directory[16..]);
        return (new ZipEntry(name, (int)start, (int)stored, (int)bytes, crc, method == ZipFormat.Deflated), (int)begin, length);
    }

    // The local header repeats the name; where it says another one the archive is made to be read in two ways.
    private static long ContentStart(ReadOnlySpan<byte> file, long begin, ReadOnlySpan<byte> name, int method)
    {
        if (begin > file.Length - ZipFormat.LocalBytes)
        {
            throw Damaged();
        }

        var local = file[(int)begin..];
        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(local[26..]);
        return BinaryPrimitives.ReadUInt32LittleEndian(local) == ZipFormat.LocalSignature
            && BinaryPrimitives.ReadUInt16LittleEndian(local[8..]) == method
            && local.Length >= ZipFormat.LocalBytes + nameLength && local.Slice(ZipFormat.LocalBytes, nameLength).SequenceEqual(name)
                ? begin + ZipFormat.LocalBytes + nameLength + BinaryPrimitives.ReadUInt16LittleEndian(local[28..])
                : throw Damaged();
    }

    private static void CheckMethod(int flags, int method, string name)
    {
        if ((flags & ZipFormat.EncryptedFlags) != 0)
        {
            throw Invalid($"The record '{name}' is encrypted. Send it as torch.save writes it.");
        }

        if (method is not (ZipFormat.Stored or ZipFormat.Deflated))
        {
            throw Invalid($"The record '{name}' is compressed with method {method}; only stored and deflated records are read. Send it as torch.save writes it.");
        }
    }

    private static void CheckPlaces(List<(int Begin, int End)> places)
    {
        places.Sort();
        for (var i = 1; i < places.Count; i++)
        {
            if (places[i].Begin < places[i - 1].End)
            {
                throw Invalid("Two of its records overlap, as in a zip bomb. Save the weights again with torch.save.");
            }
        }
    }

    private static WeightsFormatException Damaged() => Invalid("Its directory is damaged. Save the weights again with torch.save.");
}
