using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Octomil.Learning.Weights.PyTorch;

/// <summary>Writes the pickle of a state_dict (protocol 2): one storage a tensor, row-major, nothing memoized. PyTorch reads it with <c>weights_only=True</c>.</summary>
internal static class PickleWriter
{
    /// <summary>The tensor at index i of the layout has the storage i.</summary>
    public static byte[] Write(WeightsLayout layout)
    {
        var output = new ArrayBufferWriter<byte>(256 * layout.Tensors.Length);
        output.Write<byte>([(byte)PickleOpcode.Proto, 2]);
        Dictionary(output);
        output.Write<byte>([(byte)PickleOpcode.Mark]);
        foreach (var (index, tensor) in layout.Tensors.Index())
        {
            Text(output, tensor.Name);
            Tensor(output, tensor, index);
        }

        output.Write<byte>([(byte)PickleOpcode.SetItems, (byte)PickleOpcode.Stop]);
        return output.WrittenSpan.ToArray();
    }

    private static void Tensor(ArrayBufferWriter<byte> output, TensorSpec tensor, int index)
    {
        Global(output, "torch._utils", "_rebuild_tensor_v2");
        output.Write<byte>([(byte)PickleOpcode.Mark, (byte)PickleOpcode.Mark]);
        Text(output, "storage");
        Global(output, "torch", PickleGlobals.ClassOf(tensor.Type));
        Text(output, index.ToString(CultureInfo.InvariantCulture));
        Text(output, "cpu");
        Number(output, tensor.ElementCount);
        output.Write<byte>([(byte)PickleOpcode.Tuple, (byte)PickleOpcode.BinPersistentId]);
        Number(output, 0);
        Numbers(output, tensor.Shape.AsSpan());
        Numbers(output, Strides(tensor.Shape.AsSpan()));
        output.Write<byte>([(byte)PickleOpcode.NewFalse]);
        Dictionary(output);
        output.Write<byte>([(byte)PickleOpcode.Tuple, (byte)PickleOpcode.Reduce]);
    }

    private static long[] Strides(ReadOnlySpan<long> shape)
    {
        var strides = new long[shape.Length];
        var next = 1L;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = next;
            next *= Math.Max(shape[i], 1);
        }

        return strides;
    }

    private static void Dictionary(ArrayBufferWriter<byte> output)
    {
        Global(output, "collections", "OrderedDict");
        output.Write<byte>([(byte)PickleOpcode.EmptyTuple, (byte)PickleOpcode.Reduce]);
    }

    private static void Numbers(ArrayBufferWriter<byte> output, ReadOnlySpan<long> numbers)
    {
        output.Write<byte>([(byte)PickleOpcode.Mark]);
        foreach (var number in numbers)
        {
            Number(output, number);
        }

        output.Write<byte>([(byte)PickleOpcode.Tuple]);
    }

    private static void Number(ArrayBufferWriter<byte> output, long number)
    {
        var bytes = output.GetSpan(2 + sizeof(long));
        if (number <= int.MaxValue)
        {
            bytes[0] = (byte)PickleOpcode.BinInt;
            BinaryPrimitives.WriteInt32LittleEndian(bytes[1..], (int)number);
            output.Advance(1 + sizeof(int));
            return;
        }

        (bytes[0], bytes[1]) = ((byte)PickleOpcode.Long1, sizeof(long));
        BinaryPrimitives.WriteInt64LittleEndian(bytes[2..], number);
        output.Advance(2 + sizeof(long));
    }

    private static void Text(ArrayBufferWriter<byte> output, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var head = output.GetSpan(1 + sizeof(int));
        head[0] = (byte)PickleOpcode.BinUnicode;
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], bytes.Length);
        output.Advance(1 + sizeof(int));
        output.Write(bytes);
    }

    private static void Global(ArrayBufferWriter<byte> output, string module, string name) =>
        output.Write(Encoding.ASCII.GetBytes($"{(char)PickleOpcode.Global}{module}\n{name}\n"));
}
