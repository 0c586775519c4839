using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Octomil.Client.Training.Torch;

/// <summary>Tensors for one batch, filled again and again: inputs [size, input length] scaled, targets [size].</summary>
internal sealed class BatchBuffer : IDisposable
{
    private readonly LocalDataset _data;
    private readonly InputScale _scale;
    private readonly bool _isMulticlass;
    private readonly Tensor _inputs;
    private readonly Tensor _targets;

    public BatchBuffer(LocalDataset data, InputScale scale, int size, bool isMulticlass)
    {
        (_data, _scale, _isMulticlass, Size) = (data, scale, isMulticlass, size);
        _inputs = torch.zeros([size, data.InputLength], ScalarType.Float32).DetachFromDisposeScope();
        _targets = torch.zeros([size], isMulticlass ? ScalarType.Int64 : ScalarType.Float32).DetachFromDisposeScope();
    }

    public int Size { get; }

    /// <summary>Copies rows into the tensors. What is returned belongs to the caller's scope and is valid until the next call.</summary>
    public (Tensor Inputs, Tensor Targets) Fill(ReadOnlySpan<int> rows)
    {
        var inputs = MemoryMarshal.Cast<byte, float>(_inputs.bytes);
        for (var i = 0; i < rows.Length; i++)
        {
            var input = inputs.Slice(i * _data.InputLength, _data.InputLength);
            _data.CopyInput(rows[i], input);
            _scale.Apply(input);
        }

        FillTargets(rows);
        return (_inputs.narrow(0, 0, rows.Length), _targets.narrow(0, 0, rows.Length));
    }

    public void Dispose()
    {
        _inputs.Dispose();
        _targets.Dispose();
    }

    private void FillTargets(ReadOnlySpan<int> rows)
    {
        var bytes = _targets.bytes;
        for (var i = 0; i < rows.Length; i++)
        {
            var target = _data.Targets[rows[i]];
            if (_isMulticlass)
            {
                MemoryMarshal.Cast<byte, long>(bytes)[i] = (long)target;
            }
            else
            {
                MemoryMarshal.Cast<byte, float>(bytes)[i] = target;
            }
        }
    }
}
