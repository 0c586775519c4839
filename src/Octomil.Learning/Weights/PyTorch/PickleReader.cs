using System.Buffers.Binary;
using System.Text;

namespace Octomil.Learning.Weights.PyTorch;

/// <summary>
/// Reads the pickle of a state_dict: a stack machine of 27 opcodes that makes texts, numbers, tuples, dictionaries and views of storages,
/// and can make nothing else. Its memory is bounded by the length of the pickle.
/// </summary>
internal sealed class PickleReader(ReadOnlyMemory<byte> pickle)
{
    private const int Protocol = 2;
    private static readonly object _mark = new();
    private readonly List<object?> _stack = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private readonly TensorBuilder _tensors = new();
    private int _position;

    /// <exception cref="WeightsFormatException"><c>unsafe_pickle</c>, <c>not_a_state_dict</c> or <c>invalid_archive</c>.</exception>
    public object? Read()
    {
        while (true)
        {
            var opcode = (PickleOpcode)Take(1)[0];
            if (opcode is PickleOpcode.Stop)
            {
                return _stack.Count == 1 && _position == pickle.Length && _stack[0] != _mark ? _stack[0] : throw Damaged();
            }

            Execute(opcode);
        }
    }

    public static WeightsFormatException Damaged() => ZipDirectory.Invalid("Its pickle is damaged. Save the weights again with torch.save.");

    private void Execute(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Proto:
                CheckProtocol(Take(1)[0]);
                break;
            case PickleOpcode.BinPut:
                _memo[Take(1)[0]] = Top();
                break;
            case PickleOpcode.LongBinPut:
                _memo[BinaryPrimitives.ReadUInt32LittleEndian(Take(4))] = Top();
                break;
            case PickleOpcode.SetItem:
                var value = Pop();
                Set(Pop(), value, Peek<PickleDictionary>());
                break;
            case PickleOpcode.SetItems:
                SetItems(PopToMark());
                break;
            case PickleOpcode.Build:
                // The only state that is set is the _metadata of an OrderedDict, which nothing here needs.
                _ = Pop() is PickleDictionary && Peek<PickleDictionary>() is not null ? true : throw Damaged();
                break;
            default:
                _stack.Add(Value(opcode));
                break;
        }
    }

    private object? Value(PickleOpcode opcode) => opcode switch
    {
        PickleOpcode.Mark => _mark,
        PickleOpcode.NoneValue => null,
        PickleOpcode.NewTrue => true,
        PickleOpcode.NewFalse => false,
        PickleOpcode.BinInt => (long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)),
        PickleOpcode.BinInt1 => (long)Take(1)[0],
        PickleOpcode.BinInt2 => (long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)),
        PickleOpcode.Long1 => Long(Take(Take(1)[0])),
        PickleOpcode.BinFloat => BinaryPrimitives.ReadDoubleBigEndian(Take(8)),
        PickleOpcode.BinUnicode => TextOf(),
        PickleOpcode.EmptyDict => new PickleDictionary(),
        PickleOpcode.EmptyTuple => Array.Empty<object?>(),
        PickleOpcode.Tuple => PopToMark(),
        PickleOpcode.Tuple1 => Pop(1),
        PickleOpcode.Tuple2 => Pop(2),
        PickleOpcode.Tuple3 => Pop(3),
        PickleOpcode.Global => PickleGlobals.Find(Line(), Line()),
        PickleOpcode.BinGet => Remembered(Take(1)[0]),
        PickleOpcode.LongBinGet => Remembered(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))),
        PickleOpcode.BinPersistentId => _tensors.Storage(Pop()),
        PickleOpcode.Reduce => Reduce(Pop(), Pop()),
        _ => throw new WeightsFormatException(
            WeightsErrors.UnsafePickle, $"The pickle has the opcode 0x{(byte)opcode:X2}, which no state_dict needs: nothing of it was executed. Save model.state_dict() with torch.save and its default pickle_protocol."),
    };

    private static object Reduce(object? arguments, object? callable) => (callable, arguments) switch
    {
        (PickleGlobal.OrderedDict, object?[] { Length: 0 }) => new PickleDictionary(),
        (PickleGlobal.RebuildTensor, object?[] given) => TensorBuilder.Tensor(given),
        _ => throw Damaged(),
    };

    private void SetItems(object?[] items)
    {
        var dictionary = Peek<PickleDictionary>();
        for (var i = 0; i < items.Length; i += 2)
        {
            Set(items[i], i + 1 < items.Length ? items[i + 1] : throw Damaged(), dictionary);
        }
    }

    private static void Set(object? key, object? value, PickleDictionary dictionary)
    {
        if (key is not string name)
        {
            throw TensorBuilder.NotStateDict("It has a key that is not a text.");
        }

        if (!dictionary.Items.TryAdd(name, value))
        {
            throw LayoutRules.Invalid($"The tensor '{LayoutRules.Shown(name)}' is listed twice. Each tensor has its own name.", name);
        }
    }

    private static void CheckProtocol(byte protocol)
    {
        if (protocol != Protocol)
        {
            throw new WeightsFormatException(WeightsErrors.UnsafePickle, $"The pickle has protocol {protocol}; only {Protocol} is read, the default of torch.save. Leave its pickle_protocol out.");
        }
    }

    private object? Remembered(uint key) => _memo.TryGetValue(key, out var value) ? value : throw Damaged();

    private static long Long(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > sizeof(long))
        {
            throw Damaged();
        }

        // Little-endian two's complement of any length.
        var value = bytes is [.., >= 0x80] ? -1L : 0L;
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            value = (value << 8) | bytes[i];
        }

        return value;
    }

    private string TextOf()
    {
        var length = BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
        return length <= pickle.Length ? Encoding.UTF8.GetString(Take((int)length)) : throw Damaged();
    }

    private string Line()
    {
        var rest = pickle.Span[_position..];
        var length = rest.IndexOf((byte)'\n');
        return length >= 0 ? Encoding.UTF8.GetString(Take(length + 1)[..length]) : throw Damaged();
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > pickle.Length - _position)
        {
            throw Damaged();
        }

        _position += count;
        return pickle.Span.Slice(_position - count, count);
    }

    private object? Top() => _stack.Count > 0 && _stack[^1] != _mark ? _stack[^1] : throw Damaged();

    private T Peek<T>() => Top() is T value ? value : throw Damaged();

    private object? Pop() => Pop(1)[0];

    private object?[] Pop(int count)
    {
        if (count > _stack.Count)
        {
            throw Damaged();
        }

        object?[] values = [.. _stack[^count..]];
        _stack.RemoveRange(_stack.Count - count, count);
        return values.Contains(_mark) ? throw Damaged() : values;
    }

    private object?[] PopToMark()
    {
        var at = _stack.LastIndexOf(_mark);
        if (at < 0)
        {
            throw Damaged();
        }

        var values = Pop(_stack.Count - at - 1);
        _stack.RemoveAt(at);
        return values;
    }
}
