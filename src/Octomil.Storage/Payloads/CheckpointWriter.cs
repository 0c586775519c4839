using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Octomil.Storage.Payloads;

/// <summary>Encrypts a checkpoint into its file, on several threads; the disk begins with the first piece while the next are encrypted.</summary>
internal static class CheckpointWriter
{
    // Enough for a disk to work on, little enough that it starts early.
    private const int ChunksInAPiece = 16;
    private const int PieceBytes = (ChunksInAPiece * CheckpointCipher.MostChunkBytes) + PackedSums.Slack;
    private const int MostThreads = 4;

    /// <summary>The file is complete on return, and not flushed.</summary>
    public static async Task WriteAsync(
        SafeFileHandle file, CheckpointCipher cipher, ReadOnlyMemory<byte> head, ISumsSource sums, CancellationToken cancellationToken)
    {
        var pieces = (cipher.ChunkCount + ChunksInAPiece - 1) / ChunksInAPiece;
        var threads = (int)Math.Min(pieces, Math.Min(MostThreads, Environment.ProcessorCount));
        var next = -1L;

        void WritePieces()
        {
            var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
            var chunkSums = ArrayPool<long>.Shared.Rent(CheckpointCipher.ChunkSums);

            try
            {
                for (long piece; (piece = Interlocked.Increment(ref next)) < pieces;)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    WritePiece(file, cipher, piece, sums, chunkSums, buffer);
                }
            }
            finally
            {
                CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(chunkSums.AsSpan()));
                ArrayPool<long>.Shared.Return(chunkSums);
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }

        var others = Enumerable.Range(1, Math.Max(0, threads - 1)).Select(_ => Task.Run(WritePieces, CancellationToken.None)).ToArray();

        try
        {
            WritePieces();
        }
        finally
        {
            // They use the file and the sums: nobody may go on before they have ended.
            await Task.WhenAll(others);
        }

        WriteRest(file, cipher, head.Span);
    }

    private static void WritePiece(SafeFileHandle file, CheckpointCipher cipher, long piece, ISumsSource sums, long[] chunkSums, byte[] buffer)
    {
        var first = piece * ChunksInAPiece;
        var bytes = 0;

        for (var chunk = first; chunk < Math.Min(first + ChunksInAPiece, cipher.ChunkCount); chunk++)
        {
            var length = cipher.BytesIn(chunk);
            var values = chunkSums.AsSpan(0, cipher.SumsIn(chunk));
            sums.Read(chunk * CheckpointCipher.ChunkSums, values);
            PackedSums.Pack(values, cipher.SumBytes, buffer.AsSpan(bytes));
            cipher.Encrypt(chunk, buffer.AsSpan(bytes, length), buffer.AsSpan(bytes, length));
            bytes += length;
        }

        RandomAccess.Write(file, buffer.AsSpan(0, bytes), cipher.ChunkStart(first));
        Disk.BeginWriteBack(file, cipher.ChunkStart(first), bytes);
    }

    // The tags are known last.
    private static void WriteRest(SafeFileHandle file, CheckpointCipher cipher, ReadOnlySpan<byte> head)
    {
        var encrypted = new byte[head.Length];
        cipher.Encrypt(-1, head, encrypted);
        RandomAccess.Write(file, [cipher.Preamble, cipher.Tags, encrypted], 0);
    }
}
