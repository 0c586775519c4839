using System.Buffers.Binary;
using System.Text;

namespace Octomil.Learning.Tests.Weights.PyTorch;

/// <summary>Pickles written by hand, opcode by opcode, so that the code under test is not its own oracle.</summary>
internal sealed class PickleText
{
    private readonly List<byte> _bytes = [0x80, 2];

    public static PickleText StateDict(params (string Name, PickleText Value)[] items)
    {
        var text = new PickleText().Op('}').Op('(');
        foreach (var (name, value) in items)
        {
            text.Text(name).Append(value);
        }

        return text.Op('u');
    }

    /// <summary>What <c>torch.save</c> writes for one tensor.</summary>
    public static PickleText Tensor(string key, long count, long[] shape, long[] strides, long offset = 0, string storage = "FloatStorage") =>
        new PickleText().Global("torch._utils", "_rebuild_tensor_v2").Op('(')
            .Storage(key, count, storage).Number(offset).Tuple(shape).Tuple(strides).Op(0x89)
            .Global("collections", "OrderedDict").Op(')').Op('R').Op('t').Op('R');

    public PickleText Storage(string key, long count, string storage) =>
        Op('(').Text("storage").Global("torch", storage).Text(key).Text("cpu").Number(count).Op('t').Op('Q');

    public PickleText Op(params ReadOnlySpan<int> bytes)
    {
        foreach (var value in bytes)
        {
            _bytes.Add((byte)value);
        }

        return this;
    }

    public PickleText Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        _bytes.AddRange([(byte)'X', .. length, .. bytes]);
        return this;
    }

    public PickleText Number(long number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        _bytes.AddRange([0x8A, 8, .. bytes]);
        return this;
    }

    public PickleText Tuple(params long[] numbers)
    {
        Op('(');
        foreach (var number in numbers)
        {
            Number(number);
        }

        return Op('t');
    }

    public PickleText Global(string module, string name)
    {
        _bytes.AddRange([(byte)'c', .. Encoding.UTF8.GetBytes($"{module}\n{name}\n")]);
        return this;
    }

    public PickleText Append(PickleText other)
    {
        _bytes.AddRange(other._bytes.Skip(2));
        return this;
    }

    public byte[] End() => [.. _bytes, (byte)'.'];
}
