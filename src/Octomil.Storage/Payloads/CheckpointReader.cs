using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Octomil.Storage.Payloads;

/// <summary>Reads and decrypts a checkpoint, a few pieces ahead of whoever takes them.</summary>
internal static class CheckpointReader
{
    private const int ChunksInAPiece = 8;
    private const int PieceSums = ChunksInAPiece * CheckpointCipher.ChunkSums;
    private const int MostAhead = 4;

    public static CheckpointHead ReadHead(SafeFileHandle file, CheckpointCipher cipher)
    {
        var head = new byte[cipher.HeadBytes];
        Read(file, head, cipher.HeadStart);
        cipher.Decrypt(-1, head);
        return new CheckpointHead(head, cipher.SumCount);
    }

    /// <summary>In order, each piece after it is authenticated.</summary>
    public static async Task ReadSumsAsync(
        SafeFileHandle file, CheckpointCipher cipher, SumsRange range, SumsVisitor visit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(range.Start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(range.End, cipher.SumCount);
        var ahead = new Queue<Task<Piece>>();
        var first = range.Start / CheckpointCipher.ChunkSums;
        var end = range.End <= range.Start ? first : ((range.End - 1) / CheckpointCipher.ChunkSums) + 1;

        try
        {
            while (first < end || ahead.Count > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();

                for (; first < end && ahead.Count < Math.Min(MostAhead, Environment.ProcessorCount + 1); first += ChunksInAPiece)
                {
                    var (from, to) = (first, Math.Min(first + ChunksInAPiece, end));
                    ahead.Enqueue(Task.Run(() => ReadPiece(file, cipher, from, to), CancellationToken.None));
                }

                // Peek: a piece that failed has to stay for the clearing up below.
                using var piece = await ahead.Peek();
                _ = ahead.Dequeue();
                piece.Give(range, visit);
            }
        }
        finally
        {
            await DiscardAsync(ahead);
        }
    }

    /// <summary>Fills <paramref name="bytes"/>.</summary>
    /// <exception cref="EndOfStreamException">The file is shorter.</exception>
    public static void Read(SafeFileHandle file, Span<byte> bytes, long offset)
    {
        while (!bytes.IsEmpty)
        {
            var count = RandomAccess.Read(file, bytes, offset);

            if (count == 0)
            {
                throw new EndOfStreamException();
            }

            bytes = bytes[count..];
            offset += count;
        }
    }

    private static Piece ReadPiece(SafeFileHandle file, CheckpointCipher cipher, long first, long end)
    {
        var piece = new Piece(first * CheckpointCipher.ChunkSums, ArrayPool<long>.Shared.Rent(PieceSums));
        var packed = ArrayPool<byte>.Shared.Rent(CheckpointCipher.MostChunkBytes + PackedSums.Slack);

        try
        {
            for (var chunk = first; chunk < end; chunk++)
            {
                var bytes = packed.AsSpan(0, cipher.BytesIn(chunk));
                Read(file, bytes, cipher.ChunkStart(chunk));
                cipher.Decrypt(chunk, bytes);
                PackedSums.Unpack(packed, cipher.SumBytes, piece.Next(cipher.SumsIn(chunk)));
            }

            return piece;
        }
        catch
        {
            piece.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(packed);
            ArrayPool<byte>.Shared.Return(packed);
        }
    }

    // They use the file and hold sums in clear.
    private static async Task DiscardAsync(Queue<Task<Piece>> ahead)
    {
        foreach (var reading in ahead)
        {
            await Task.WhenAny(reading);

            if (reading.IsCompletedSuccessfully)
            {
                reading.Result.Dispose();
            }
        }
    }

    /// <summary>Consecutive sums in a rented buffer.</summary>
    private sealed class Piece(long offset, long[] buffer) : IDisposable
    {
        private int _count;

        public Span<long> Next(int sums)
        {
            _count += sums;
            return buffer.AsSpan(_count - sums, sums);
        }

        public void Give(SumsRange range, SumsVisitor visit)
        {
            var from = (int)Math.Max(0, range.Start - offset);
            var to = (int)Math.Min(_count, range.End - offset);
            visit(offset + from, buffer.AsSpan(from, to - from));
        }

        public void Dispose()
        {
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(buffer.AsSpan(0, _count)));
            ArrayPool<long>.Shared.Return(buffer);
        }
    }
}
