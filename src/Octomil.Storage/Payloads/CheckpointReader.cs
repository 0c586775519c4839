using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Octomil.Training;

namespace Octomil.Storage.Payloads;

/// <summary>Reads and decrypts a checkpoint, a few pieces ahead of whoever takes them.</summary>
internal static class CheckpointReader
{
    private const int MostAhead = 4;

    /// <summary>Reads head and sums of what the reference was given for.</summary>
    /// <exception cref="PayloadDamagedException">It is not that, or the key is another's.</exception>
    public static async Task<CheckpointHead> ReadAsync(
        ICheckpointSource source, CheckpointRef checkpoint, ReadOnlyMemory<byte> key, SumsRange? range, SumsVisitor visit, CancellationToken cancellationToken)
    {
        try
        {
            using var cipher = await OpenAsync(source, checkpoint, key, cancellationToken) ?? throw Damaged(checkpoint);
            var head = new byte[cipher.HeadBytes];
            await source.ReadAsync(head, cipher.HeadStart, cancellationToken);
            cipher.Decrypt(-1, head);
            await ReadSumsAsync(source, cipher, range ?? new SumsRange(0, cipher.SumCount), visit, cancellationToken);
            return new CheckpointHead(head, cipher.SumCount);
        }
        catch (Exception exception) when (exception is AuthenticationTagMismatchException or EndOfStreamException)
        {
            throw Damaged(checkpoint, exception);
        }
    }

    // Null: not the file that the reference was given for. Chunks are compared with their tags as they are read.
    private static async Task<CheckpointCipher?> OpenAsync(
        ICheckpointSource source, CheckpointRef checkpoint, ReadOnlyMemory<byte> key, CancellationToken cancellationToken)
    {
        if (source.Length != checkpoint.Bytes || source.Length < CheckpointCipher.PreambleBytes)
        {
            return null;
        }

        var preamble = new byte[CheckpointCipher.PreambleBytes];
        await source.ReadAsync(preamble, 0, cancellationToken);
        var cipher = CheckpointCipher.Open(checkpoint.RoundId, checkpoint.Name, key.Span, preamble, source.Length);

        if (cipher is null)
        {
            return null;
        }

        await source.ReadAsync(cipher.Tags, CheckpointCipher.PreambleBytes, cancellationToken);

        if (cipher.Checksum == checkpoint.Checksum)
        {
            return cipher;
        }

        cipher.Dispose();
        return null;
    }

    /// <summary>In order, each piece after it is authenticated.</summary>
    private static async Task ReadSumsAsync(
        ICheckpointSource source, CheckpointCipher cipher, SumsRange range, SumsVisitor visit, CancellationToken cancellationToken)
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

                for (; first < end && ahead.Count < Math.Min(MostAhead, Environment.ProcessorCount + 1); first += source.ChunksInAPiece)
                {
                    var (from, to) = (first, Math.Min(first + source.ChunksInAPiece, end));
                    ahead.Enqueue(Task.Run(() => ReadPieceAsync(source, cipher, from, to, cancellationToken), CancellationToken.None));
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

    private static async Task<Piece> ReadPieceAsync(
        ICheckpointSource source, CheckpointCipher cipher, long first, long end, CancellationToken cancellationToken)
    {
        var piece = new Piece(first * CheckpointCipher.ChunkSums, ArrayPool<long>.Shared.Rent(source.ChunksInAPiece * CheckpointCipher.ChunkSums));
        var packed = ArrayPool<byte>.Shared.Rent((source.ChunksInARead * CheckpointCipher.MostChunkBytes) + PackedSums.Slack);

        try
        {
            for (var at = first; at < end; at += source.ChunksInARead)
            {
                var last = Math.Min(at + source.ChunksInARead, end) - 1;
                var length = checked((int)(cipher.ChunkStart(last) - cipher.ChunkStart(at))) + cipher.BytesIn(last);
                await source.ReadAsync(packed.AsMemory(0, length), cipher.ChunkStart(at), cancellationToken);
                Decrypt(cipher, at, last, packed, piece);
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

    private static void Decrypt(CheckpointCipher cipher, long first, long last, Span<byte> packed, Piece piece)
    {
        for (var chunk = first; chunk <= last; chunk++)
        {
            cipher.Decrypt(chunk, packed[..cipher.BytesIn(chunk)]);
            PackedSums.Unpack(packed, cipher.SumBytes, piece.Next(cipher.SumsIn(chunk)));
            packed = packed[cipher.BytesIn(chunk)..];
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

    private static PayloadDamagedException Damaged(CheckpointRef checkpoint, Exception? inner = null) => new(
        $"The checkpoint {checkpoint.Name} of round {checkpoint.RoundId} is not what was stored, or the key is another round's.", inner!);

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
