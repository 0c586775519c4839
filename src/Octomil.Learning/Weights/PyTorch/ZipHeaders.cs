using System.Buffers.Binary;
using System.Text;

namespace Octomil.Learning.Weights.PyTorch;

/// <summary>The headers of stored records. Their date is 1980-01-01, so that the same weights are the same bytes.</summary>
internal static class ZipHeaders
{
    private const ushort Version = 20;
    private const ushort Utf8Names = 0x0800;
    private const ushort FirstDate = 0x0021;

    public static byte[] Local(ZipPart part)
    {
        var name = Encoding.UTF8.GetBytes(part.Name);
        var bytes = new byte[ZipFormat.LocalBytes + name.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, ZipFormat.LocalSignature);
        Describe(bytes.AsSpan(4), part, name.Length);
        name.CopyTo(bytes, ZipFormat.LocalBytes);
        return bytes;
    }

    public static byte[] Central(ZipPart part, uint offset)
    {
        var name = Encoding.UTF8.GetBytes(part.Name);
        var bytes = new byte[ZipFormat.CentralBytes + name.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, ZipFormat.CentralSignature);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), Version);
        Describe(bytes.AsSpan(6), part, name.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(42), offset);
        name.CopyTo(bytes, ZipFormat.CentralBytes);
        return bytes;
    }

    public static byte[] End(int count, uint length, uint offset)
    {
        var bytes = new byte[ZipFormat.EndBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, ZipFormat.EndSignature);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)count);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(10), (ushort)count);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(16), offset);
        return bytes;
    }

    // What both headers have in common, from the version needed to the length of the name.
    private static void Describe(Span<byte> bytes, ZipPart part, int nameLength)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, Version);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], Utf8Names);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[8..], FirstDate);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[10..], part.Crc);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[14..], (uint)part.Bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[18..], (uint)part.Bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[22..], (ushort)nameLength);
    }
}

/// <summary>One record to be stored.</summary>
internal readonly record struct ZipPart(string Name, long Bytes, uint Crc);
