using System.Buffers;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Octomil.Training;

namespace Octomil.Storage.Payloads;

/// <summary>Checkpoints: encrypted, written once under a random name, read by range.</summary>
internal sealed partial class FolderPayloads
{
    public async Task<CheckpointRef> SaveCheckpointAsync(
        string roundId, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> head, ReadOnlyMemory<long> sums, CancellationToken cancellationToken)
    {
        var name = RandomName();
        var path = Path.Combine(_paths.Round(roundId), name);
        using var cipher = CheckpointCipher.Create(roundId, name, key.Span, head.Length, sums.Length);

        try
        {
            EnsureFolder(_paths.Round(roundId));
            var checksum = await WriteCheckpointAsync(path, cipher, head, sums, cancellationToken);
            Disk.FlushFolder(_paths.Round(roundId));
            return new CheckpointRef { RoundId = roundId, Name = name, Bytes = cipher.FileBytes, Checksum = checksum };
        }
        catch (Exception exception)
        {
            DeleteIfThere(path);

            if (IsOfDisk(exception))
            {
                throw Disk.Unavailable(exception, _paths.Root);
            }

            throw;
        }
    }

    public Task<CheckpointHead> ReadCheckpointHeadAsync(CheckpointRef checkpoint, ReadOnlyMemory<byte> key, CancellationToken cancellationToken) =>
        ReadCheckpointAsync(checkpoint, key, new SumsRange(0, 0), (_, _) => { }, cancellationToken);

    public async Task<CheckpointHead> ReadCheckpointAsync(
        CheckpointRef checkpoint, ReadOnlyMemory<byte> key, SumsRange? range, SumsVisitor visit, CancellationToken cancellationToken)
    {
        try
        {
            using var file = File.OpenHandle(_paths.Checkpoint(checkpoint), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, FileOptions.Asynchronous);
            using var cipher = await OpenCipherAsync(file, checkpoint, key, cancellationToken) ?? throw Damaged(checkpoint);
            var head = await ReadHeadAsync(file, cipher, cancellationToken);
            await ReadSumsAsync(file, cipher, range ?? new SumsRange(0, cipher.SumCount), visit, cancellationToken);
            return head;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PayloadMissingException($"There is no checkpoint {checkpoint.Name} of round {checkpoint.RoundId}.", exception);
        }
        catch (AuthenticationTagMismatchException exception)
        {
            throw Damaged(checkpoint, exception);
        }
        catch (Exception exception) when (IsOfDisk(exception))
        {
            throw Disk.Unavailable(exception, _paths.Root);
        }
    }

    public Task DeleteCheckpointAsync(CheckpointRef checkpoint, CancellationToken cancellationToken) =>
        Task.Run(() => DeleteIfThere(_paths.Checkpoint(checkpoint)), cancellationToken);

    public Task DeleteRoundAsync(string roundId, CancellationToken cancellationToken) => DeleteFolderAsync(_paths.Round(roundId), cancellationToken);

    public IAsyncEnumerable<string> ListRoundsAsync(CancellationToken cancellationToken) => ListAsync(_paths.Rounds, cancellationToken);

    // One chunk is encrypted while the one before is written.
    private static async Task<ulong> WriteCheckpointAsync(
        string path, CheckpointCipher cipher, ReadOnlyMemory<byte> head, ReadOnlyMemory<long> sums, CancellationToken cancellationToken)
    {
        using var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.Asynchronous, cipher.FileBytes);
        var hash = new XxHash64();
        var buffers = new[] { Rent(), Rent() };

        try
        {
            await WriteHeadAsync(file, cipher, head, hash, cancellationToken);
            var writing = ValueTask.CompletedTask;

            for (var chunk = 0L; chunk < cipher.ChunkCount; chunk++)
            {
                var plain = MemoryMarshal.AsBytes(sums.Span.Slice((int)(chunk * CheckpointCipher.ChunkSums), cipher.SumsIn(chunk)));
                var encrypted = buffers[chunk % 2].AsMemory(0, plain.Length + CheckpointCipher.TagBytes);
                cipher.Encrypt(chunk, plain, encrypted.Span);
                hash.Append(encrypted.Span);
                await writing;
                writing = RandomAccess.WriteAsync(file, encrypted, cipher.ChunkStart(chunk), cancellationToken);
            }

            await writing;
            await Task.Run(() => RandomAccess.FlushToDisk(file), cancellationToken);
            return hash.GetCurrentHashAsUInt64();
        }
        finally
        {
            Array.ForEach(buffers, buffer => ArrayPool<byte>.Shared.Return(buffer));
        }
    }

    private static async Task WriteHeadAsync(
        SafeFileHandle file, CheckpointCipher cipher, ReadOnlyMemory<byte> head, XxHash64 hash, CancellationToken cancellationToken)
    {
        var start = new byte[CheckpointCipher.PreambleBytes + head.Length + CheckpointCipher.TagBytes];
        cipher.Preamble.CopyTo(start);
        cipher.Encrypt(-1, head.Span, start.AsSpan(CheckpointCipher.PreambleBytes));
        hash.Append(start);
        await RandomAccess.WriteAsync(file, start, 0, cancellationToken);
    }

    private static async Task<CheckpointCipher?> OpenCipherAsync(
        SafeFileHandle file, CheckpointRef checkpoint, ReadOnlyMemory<byte> key, CancellationToken cancellationToken)
    {
        var preamble = new byte[CheckpointCipher.PreambleBytes];
        return await ReadAsync(file, preamble, 0, cancellationToken)
            ? CheckpointCipher.Open(checkpoint.RoundId, checkpoint.Name, key.Span, preamble, RandomAccess.GetLength(file))
            : null;
    }

    private static async Task<CheckpointHead> ReadHeadAsync(SafeFileHandle file, CheckpointCipher cipher, CancellationToken cancellationToken)
    {
        var encrypted = new byte[cipher.HeadBytes + CheckpointCipher.TagBytes];
        await ReadAsync(file, encrypted, CheckpointCipher.PreambleBytes, cancellationToken);
        var head = new byte[cipher.HeadBytes];
        cipher.Decrypt(-1, encrypted, head);
        return new CheckpointHead(head, cipher.SumCount);
    }

    private static async Task ReadSumsAsync(
        SafeFileHandle file, CheckpointCipher cipher, SumsRange range, SumsVisitor visit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(range.End, cipher.SumCount);
        var (encrypted, plain) = (Rent(), Rent());

        try
        {
            for (var chunk = range.Start / CheckpointCipher.ChunkSums; chunk * CheckpointCipher.ChunkSums < range.End; chunk++)
            {
                var sums = cipher.SumsIn(chunk);
                var bytes = encrypted.AsMemory(0, (sums * sizeof(long)) + CheckpointCipher.TagBytes);
                await ReadAsync(file, bytes, cipher.ChunkStart(chunk), cancellationToken);
                cipher.Decrypt(chunk, bytes.Span, plain.AsSpan(0, sums * sizeof(long)));
                Visit(chunk * CheckpointCipher.ChunkSums, MemoryMarshal.Cast<byte, long>(plain.AsSpan(0, sums * sizeof(long))), range, visit);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(encrypted);
            ArrayPool<byte>.Shared.Return(plain, clearArray: true);
        }
    }

    private static void Visit(long offset, ReadOnlySpan<long> values, SumsRange range, SumsVisitor visit)
    {
        var from = (int)Math.Max(0, range.Start - offset);
        var to = (int)Math.Min(values.Length, range.End - offset);
        visit(offset + from, values[from..to]);
    }

    // False at the end of the file. A piece that is missing elsewhere fails its authentication.
    private static async Task<bool> ReadAsync(SafeFileHandle file, Memory<byte> bytes, long offset, CancellationToken cancellationToken)
    {
        for (var done = 0; done < bytes.Length;)
        {
            var count = await RandomAccess.ReadAsync(file, bytes[done..], offset + done, cancellationToken);

            if (count == 0)
            {
                return false;
            }

            done += count;
        }

        return true;
    }

    private static byte[] Rent() => ArrayPool<byte>.Shared.Rent(CheckpointCipher.ChunkBytes + CheckpointCipher.TagBytes);

    private static PayloadDamagedException Damaged(CheckpointRef checkpoint, Exception? inner = null) => new(
        $"The checkpoint {checkpoint.Name} of round {checkpoint.RoundId} is not what was stored, or the key is another round's.", inner!);
}
