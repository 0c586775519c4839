using System.Runtime.InteropServices;
using Octomil.Learning.Weights.PyTorch;

namespace Octomil.Learning.Weights;

/// <summary>
/// Takes the data of a safetensors file piece by piece, in pieces of any size, and puts every element where it belongs, checked and
/// measured on the way. Holds back no more than the one element that a piece may have cut.
/// </summary>
internal sealed class TensorIntake
{
    // Converted in blocks that stay in the first-level cache until they are measured.
    private const int BlockElements = 2048;

    private readonly IReadOnlyList<IntakeTensor> _tensors;
    private readonly double _maxMagnitude;
    private readonly double[] _squares;
    private readonly byte[] _cut = new byte[sizeof(double)];
    private ValueMeasure _measure;
    private int _cutLength;
    private int _current;
    private long _taken;

    /// <param name="tensors">In the order of their data.</param>
    /// <param name="layoutLength">Tensors in the layout that <see cref="IntakeTensor.Index"/> points into.</param>
    /// <param name="maxMagnitude">Largest absolute value allowed; infinity for no bound but finiteness.</param>
    public TensorIntake(IReadOnlyList<IntakeTensor> tensors, int layoutLength, double maxMagnitude)
    {
        (_tensors, _maxMagnitude, _squares) = (tensors, maxMagnitude, new double[layoutLength]);
        SkipEmpty();
    }

    /// <summary>True when every tensor is complete.</summary>
    public bool IsComplete => _current == _tensors.Count;

    /// <summary>Largest absolute value of all kept floating-point elements so far.</summary>
    public double MaxAbs { get; private set; }

    /// <summary>Sum of squares of the kept floating-point elements, tensor after tensor in the layout's order.</summary>
    public double SumOfSquares
    {
        get
        {
            var sum = 0.0;
            foreach (var square in _squares)
            {
                sum += square;
            }

            return sum;
        }
    }

    /// <summary>Takes the next bytes.</summary>
    /// <exception cref="WeightsFormatException"><c>not_finite</c>, <c>magnitude_exceeded</c> or <c>trailing_bytes</c>.</exception>
    public void Push(ReadOnlySpan<byte> piece) => Push(piece, null);

    /// <summary>Takes the next bytes and adds them to a checksum.</summary>
    /// <exception cref="WeightsFormatException">As above.</exception>
    public void Push(ReadOnlySpan<byte> piece, RecordChecksum? checksum)
    {
        while (!piece.IsEmpty)
        {
            if (IsComplete)
            {
                throw TrailingBytes();
            }

            var tensor = _tensors[_current];
            var length = (int)Math.Min(piece.Length, tensor.Entry.Bytes - _taken - _cutLength);
            Take(tensor, piece[..length], checksum);
            piece = piece[length..];
            if (_taken == tensor.Entry.Bytes)
            {
                Finish(tensor);
            }
        }
    }

    /// <summary>The file ends here.</summary>
    /// <exception cref="WeightsFormatException"><c>truncated</c>: a tensor is not complete.</exception>
    public void End()
    {
        if (!IsComplete)
        {
            var name = LayoutRules.Shown(_tensors[_current].Entry.Spec.Name);
            throw new WeightsFormatException(WeightsErrors.Truncated, $"The data ends inside or before the tensor '{name}'. Send the whole file.", name);
        }
    }

    internal static WeightsFormatException TrailingBytes() =>
        new(WeightsErrors.TrailingBytes, "Bytes follow the last tensor that the header lists. Send nothing after it.");

    private void Take(in IntakeTensor tensor, ReadOnlySpan<byte> bytes, RecordChecksum? checksum)
    {
        // Only whole float32 elements are read together with their checksum.
        if (checksum is not null && (tensor.Values.IsEmpty || tensor.Entry.Spec.Type is not TensorType.F32 || _cutLength > 0 || bytes.Length % sizeof(float) != 0))
        {
            checksum.Append(bytes);
            checksum = null;
        }

        if (tensor.Raw is not null)
        {
            bytes.CopyTo(tensor.Raw.AsSpan((int)_taken));
        }

        if (tensor.Raw is not null || tensor.Values.IsEmpty)
        {
            _taken += bytes.Length;
            return;
        }

        var width = tensor.Entry.Spec.Type.ByteSize();
        if (_cutLength > 0)
        {
            var missing = Math.Min(width - _cutLength, bytes.Length);
            Keep(bytes[..missing]);
            bytes = bytes[missing..];
            if (_cutLength < width)
            {
                return;
            }

            _cutLength = 0;
            TakeElements(tensor, _cut.AsSpan(0, width), width, null);
        }

        var whole = bytes.Length - (bytes.Length % width);
        TakeElements(tensor, bytes[..whole], width, checksum);
        Keep(bytes[whole..]);
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_cut.AsSpan(_cutLength));
        _cutLength += bytes.Length;
    }

    private void TakeElements(in IntakeTensor tensor, ReadOnlySpan<byte> bytes, int width, RecordChecksum? checksum)
    {
        var values = tensor.Values.Span.Slice((int)(_taken / width), bytes.Length / width);
        _taken += bytes.Length;
        if (checksum is not null)
        {
            _measure.Copy(bytes, values, checksum);
        }
        else if (tensor.Entry.Spec.Type is TensorType.F32)
        {
            _measure.Copy(bytes, values);
        }
        else
        {
            for (var begin = 0; begin < values.Length; begin += BlockElements)
            {
                var block = values.Slice(begin, Math.Min(BlockElements, values.Length - begin));
                ElementConverter.ToSingle(tensor.Entry.Spec.Type, bytes.Slice(begin * width, block.Length * width), block);
                _measure.Copy(MemoryMarshal.AsBytes(block), block);
            }
        }

        ValueRules.Check(_measure, _maxMagnitude, tensor.Entry.Spec.Name);
    }

    private void Finish(in IntakeTensor tensor)
    {
        MaxAbs = Math.Max(MaxAbs, _measure.MaxAbs);
        _squares[tensor.Index] = _measure.SumOfSquares;
        (_measure, _taken) = (default, 0);
        _current++;
        SkipEmpty();
    }

    private void SkipEmpty()
    {
        while (!IsComplete && _tensors[_current].Entry.Bytes == 0)
        {
            _current++;
        }
    }
}
