using System.Buffers;
using System.Runtime.InteropServices;

namespace Octomil.Training;

/// <summary>
/// Zeroed memory outside the garbage collector's heap, aligned to a cache line. The first touch of a page costs more than folding what it
/// holds, so these are pooled and given back only when nobody wants them.
/// </summary>
internal sealed unsafe class NativeBuffer<T>(int length) : MemoryManager<T>
    where T : unmanaged
{
    private readonly NativeBlock _block = new((nuint)Math.Max(1, length) * (nuint)sizeof(T));

    public int Length => length;

    public long Bytes => Math.Max(1, (long)length) * sizeof(T);

    public override Span<T> GetSpan() => new((void*)_block.Start, length);

    public override MemoryHandle Pin(int elementIndex = 0) => new((T*)_block.Start + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing) => _block.Dispose();
}

/// <summary>Owns the memory, so that it is freed also where its buffer was forgotten.</summary>
internal sealed unsafe class NativeBlock : SafeHandle
{
    private const int Alignment = 64;

    // Zeroed by the operating system where it is large: pages that nobody touches cost nothing.
    public NativeBlock(nuint bytes)
        : base(0, ownsHandle: true) => SetHandle((nint)NativeMemory.AllocZeroed(bytes + Alignment));

    public override bool IsInvalid => handle == 0;

    public nint Start => IsClosed ? throw new ObjectDisposedException(nameof(NativeBlock)) : (handle + Alignment - 1) & -Alignment;

    protected override bool ReleaseHandle()
    {
        NativeMemory.Free((void*)handle);
        return true;
    }
}
