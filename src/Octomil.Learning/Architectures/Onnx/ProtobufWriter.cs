using System.Buffers;
using System.Text;

namespace Octomil.Learning.Architectures.Onnx;

/// <summary>The part of the Protocol Buffers wire format that an ONNX file needs: varints and length-delimited fields (protobuf.dev, Encoding).</summary>
internal sealed class ProtobufWriter
{
    private const int Varint = 0;
    private const int LengthDelimited = 2;

    private readonly ArrayBufferWriter<byte> _output = new();

    public ReadOnlySpan<byte> Written => _output.WrittenSpan;

    public void Number(int field, long value)
    {
        Raw(((ulong)field << 3) | Varint);
        Raw((ulong)value);
    }

    public void Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    public void Bytes(int field, ReadOnlySpan<byte> bytes)
    {
        Begin(field, bytes.Length);
        _output.Write(bytes);
    }

    public void Message(int field, Action<ProtobufWriter> write)
    {
        var message = new ProtobufWriter();
        write(message);
        Bytes(field, message.Written);
    }

    /// <summary>The start of a field whose content is written by someone else.</summary>
    public void Begin(int field, long length)
    {
        Raw(((ulong)field << 3) | LengthDelimited);
        Raw((ulong)length);
    }

    private void Raw(ulong value)
    {
        var bytes = _output.GetSpan(10);
        var count = 0;
        for (; value >= 0x80; value >>= 7)
        {
            bytes[count++] = (byte)(value | 0x80);
        }

        bytes[count++] = (byte)value;
        _output.Advance(count);
    }
}
