using System.Collections.Concurrent;
using Octomil.Training;

namespace Octomil.Storage.Payloads;

/// <summary>Checkpoints: encrypted, written once under a random name where they are to be, read by range.</summary>
internal sealed partial class FolderPayloads
{
    private readonly ConcurrentDictionary<string, CheckpointNames> _names = new(StringComparer.Ordinal);

    public Task<CheckpointRef> SaveCheckpointAsync(
        string roundId, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> head, ISumsSource sums, CancellationToken cancellationToken) =>
        Task.Run(() => SaveAsync(roundId, key, head, sums, cancellationToken), cancellationToken);

    public Task<CheckpointHead> ReadCheckpointHeadAsync(CheckpointRef checkpoint, ReadOnlyMemory<byte> key, CancellationToken cancellationToken) =>
        ReadCheckpointAsync(checkpoint, key, new SumsRange(0, 0), (_, _) => { }, cancellationToken);

    public Task<CheckpointHead> ReadCheckpointAsync(
        CheckpointRef checkpoint, ReadOnlyMemory<byte> key, SumsRange? range, SumsVisitor visit, CancellationToken cancellationToken) =>
        Task.Run(() => ReadAsync(checkpoint, key, range, visit, cancellationToken), cancellationToken);

    public Task DeleteCheckpointAsync(CheckpointRef checkpoint, CancellationToken cancellationToken) =>
        DeleteFileAsync(_paths.Checkpoint(checkpoint), cancellationToken);

    public async Task DeleteRoundAsync(string roundId, CancellationToken cancellationToken)
    {
        // The folder holds the round's half of its key too: it must not be unlinked with its bytes in it.
        await EraseHalfAsync(roundId, cancellationToken);
        _names.TryRemove(roundId, out _);
        await DeleteFolderAsync(_paths.Round(roundId), cancellationToken);
    }

    public IAsyncEnumerable<string> ListRoundsAsync(CancellationToken cancellationToken) => ListAsync(_paths.Rounds, cancellationToken);

    private async Task<CheckpointRef> SaveAsync(
        string roundId, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> head, ISumsSource sums, CancellationToken cancellationToken)
    {
        var name = OnDisk(() => TakeName(roundId));
        using var cipher = CheckpointCipher.Create(roundId, name, key.Span, head.Length, sums.Count, sums.SignificantBytes);
        var checkpoint = new CheckpointRef { RoundId = roundId, Name = name, Bytes = cipher.FileBytes, Checksum = 0 };
        var path = _paths.Checkpoint(checkpoint);

        try
        {
            using (var file = Disk.Open(path, FileMode.Create, FileAccess.Write, FileShare.None, cipher.FileBytes))
            {
                await CheckpointWriter.WriteAsync(file.SafeFileHandle, cipher, head, sums, cancellationToken);
                file.Flush(flushToDisk: true);
            }

            return checkpoint with { Checksum = cipher.Checksum };
        }
        catch (Exception exception)
        {
            Discard(path);

            if (Disk.IsTrouble(exception))
            {
                throw Unavailable(exception);
            }

            throw;
        }
    }

    private string TakeName(string roundId) => _names.GetOrAdd(roundId, _ => new CheckpointNames()).Take(_paths.Round(roundId), EnsureFolder);

    private async Task<CheckpointHead> ReadAsync(
        CheckpointRef checkpoint, ReadOnlyMemory<byte> key, SumsRange? range, SumsVisitor visit, CancellationToken cancellationToken)
    {
        try
        {
            using var file = File.OpenHandle(_paths.Checkpoint(checkpoint), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            return await CheckpointReader.ReadAsync(new CheckpointFile(file), checkpoint, key, range, visit, cancellationToken);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PayloadMissingException($"There is no checkpoint {checkpoint.Name} of round {checkpoint.RoundId}.", exception);
        }
        catch (Exception exception) when (Disk.IsTrouble(exception))
        {
            throw Unavailable(exception);
        }
    }
}
