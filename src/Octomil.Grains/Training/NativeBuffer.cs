using System.Buffers;
using System.Runtime.InteropServices;

namespace Octomil.Training;

/// <summary>
/// Memory outside the garbage collector's heap, aligned to a cache line. The first touch of a page costs more than folding what it
/// holds, so these are pooled and never given back while they are in demand.
/// </summary>
internal sealed unsafe class NativeBuffer<T> : MemoryManager<T>
    where T : unmanaged
{
    private const int Alignment = 64;

    private readonly int _length;
    private T* _start;

    public NativeBuffer(int length)
    {
        _length = length;
        _start = (T*)NativeMemory.AlignedAlloc((nuint)Math.Max(1, length) * (nuint)sizeof(T), Alignment);
        GC.AddMemoryPressure(Bytes);
    }

    ~NativeBuffer() => Free();

    public int Length => _length;

    public long Bytes => Math.Max(1, (long)_length) * sizeof(T);

    public override Span<T> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_start is null, this);
        return new Span<T>(_start, _length);
    }

    public override MemoryHandle Pin(int elementIndex = 0) => new(_start + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing) => Free();

    private void Free()
    {
        if (_start is not null)
        {
            NativeMemory.AlignedFree(_start);
            _start = null;
            GC.RemoveMemoryPressure(Bytes);
        }
    }
}
