using System.Buffers.Binary;
using System.Text;

namespace Octomil.Client.Training.Native;

/// <summary>
/// The symbol-version tables of a 64-bit little-endian ELF library (System V gABI; Linux Standard Base, "Symbol Versioning").
/// </summary>
internal sealed class ElfImage
{
    private const int ProgramLoad = 1;
    private const int ProgramDynamic = 2;
    private const long DynamicStringTable = 5;
    private const long DynamicVersionDefinitions = 0x6ffffffc;
    private const long DynamicVersionDefinitionCount = 0x6ffffffd;
    private const long DynamicVersionNeeds = 0x6ffffffe;
    private const long DynamicVersionNeedCount = 0x6fffffff;

    private readonly byte[] _bytes;
    private readonly List<(ulong Address, ulong Offset, ulong Size)> _segments = [];
    private readonly Dictionary<long, ulong> _dynamic = [];

    private ElfImage(byte[] bytes) => _bytes = bytes;

    /// <summary>Reads the tables; false where the bytes are not a complete library of this kind.</summary>
    public static bool TryRead(byte[] bytes, out ElfImage image)
    {
        image = new ElfImage(bytes);
        try
        {
            return image.ReadHeaders();
        }
        catch (Exception e) when (e is ArgumentException or OverflowException or IndexOutOfRangeException)
        {
            // A truncated or foreign file: its offsets point outside.
            return false;
        }
    }

    /// <summary>The versions that this library asks of other libraries, in file order.</summary>
    public IReadOnlyList<ElfVersionNeed> VersionNeeds()
    {
        var needs = new List<ElfVersionNeed>();
        if (!_dynamic.TryGetValue(DynamicVersionNeeds, out var address))
        {
            return needs;
        }

        var count = (int)_dynamic.GetValueOrDefault(DynamicVersionNeedCount);
        for (var at = FileOffset(address); count > 0; count--, at += (int)UInt32(at + 12))
        {
            var library = StringAt(UInt32(at + 4));
            var auxiliary = at + (int)UInt32(at + 8);
            for (var left = UInt16(at + 2); left > 0; left--, auxiliary += (int)UInt32(auxiliary + 12))
            {
                needs.Add(new ElfVersionNeed(library, StringAt(UInt32(auxiliary + 8)), auxiliary + 4, UInt16(auxiliary + 4)));
            }
        }

        return needs;
    }

    /// <summary>The versions that this library offers.</summary>
    public IReadOnlySet<string> VersionDefinitions()
    {
        var definitions = new HashSet<string>(StringComparer.Ordinal);
        if (!_dynamic.TryGetValue(DynamicVersionDefinitions, out var address))
        {
            return definitions;
        }

        var count = (int)_dynamic.GetValueOrDefault(DynamicVersionDefinitionCount);
        for (var at = FileOffset(address); count > 0; count--, at += (int)UInt32(at + 16))
        {
            definitions.Add(StringAt(UInt32(at + (int)UInt32(at + 12))));
        }

        return definitions;
    }

    private bool ReadHeaders()
    {
        // 0x7F 'E' 'L' 'F', 64-bit, little-endian
        if (_bytes.Length < 64 || !_bytes.AsSpan(0, 6).SequenceEqual<byte>([0x7F, 0x45, 0x4C, 0x46, 2, 1]))
        {
            return false;
        }

        var table = checked((int)UInt64(32));
        int entryBytes = UInt16(54), entries = UInt16(56);
        (int Offset, int Size)? dynamic = null;
        for (var at = table; entries > 0; entries--, at += entryBytes)
        {
            var type = (int)UInt32(at);
            if (type == ProgramLoad)
            {
                _segments.Add((UInt64(at + 16), UInt64(at + 8), UInt64(at + 32)));
            }
            else if (type == ProgramDynamic)
            {
                dynamic = (checked((int)UInt64(at + 8)), checked((int)UInt64(at + 32)));
            }
        }

        if (dynamic is not var (offset, size))
        {
            return false;
        }

        for (var at = offset; at + 16 <= offset + size && UInt64(at) != 0; at += 16)
        {
            _dynamic[(long)UInt64(at)] = UInt64(at + 8);
        }

        return _dynamic.ContainsKey(DynamicStringTable);
    }

    private string StringAt(uint index)
    {
        var start = FileOffset(_dynamic[DynamicStringTable]) + (int)index;
        var length = _bytes.AsSpan(start).IndexOf((byte)0);
        return Encoding.ASCII.GetString(_bytes, start, length);
    }

    private int FileOffset(ulong address)
    {
        foreach (var (start, offset, size) in _segments)
        {
            if (address >= start && address - start < size)
            {
                return checked((int)(address - start + offset));
            }
        }

        throw new ArgumentException("The address is in no segment.", nameof(address));
    }

    private ushort UInt16(int at) => BinaryPrimitives.ReadUInt16LittleEndian(_bytes.AsSpan(at));

    private uint UInt32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(at));

    private ulong UInt64(int at) => BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(at));
}
