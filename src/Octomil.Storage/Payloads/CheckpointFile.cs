using Microsoft.Win32.SafeHandles;

namespace Octomil.Storage.Payloads;

/// <summary>A checkpoint on disk. Each chunk is decrypted while it is in the core's own cache.</summary>
internal sealed class CheckpointFile(SafeFileHandle file) : ICheckpointSource
{
    public long Length => RandomAccess.GetLength(file);

    public int ChunksInAPiece => 8;

    public int ChunksInARead => 1;

    // Not asynchronous: whoever reads is on the pool already, and mostly finds the bytes in the page cache.
    public Task ReadAsync(Memory<byte> bytes, long offset, CancellationToken cancellationToken)
    {
        var left = bytes.Span;

        while (!left.IsEmpty)
        {
            var count = RandomAccess.Read(file, left, offset);

            if (count == 0)
            {
                throw new EndOfStreamException();
            }

            left = left[count..];
            offset += count;
        }

        return Task.CompletedTask;
    }
}
