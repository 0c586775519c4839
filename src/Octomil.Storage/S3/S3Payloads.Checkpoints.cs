using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Octomil.Storage.Payloads;
using Octomil.Training;

namespace Octomil.Storage.S3;

/// <summary>Checkpoints: encrypted on local disk, put once under a random name, read by range.</summary>
internal sealed partial class S3Payloads
{
    public Task<CheckpointRef> SaveCheckpointAsync(
        string roundId, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> head, ISumsSource sums, CancellationToken cancellationToken) =>
        Task.Run(() => SaveAsync(roundId, key, head, sums, cancellationToken), cancellationToken);

    public Task<CheckpointHead> ReadCheckpointHeadAsync(CheckpointRef checkpoint, ReadOnlyMemory<byte> key, CancellationToken cancellationToken) =>
        ReadCheckpointAsync(checkpoint, key, new SumsRange(0, 0), (_, _) => { }, cancellationToken);

    public Task<CheckpointHead> ReadCheckpointAsync(
        CheckpointRef checkpoint, ReadOnlyMemory<byte> key, SumsRange? range, SumsVisitor visit, CancellationToken cancellationToken) =>
        Task.Run(() => ReadAsync(checkpoint, key, range, visit, cancellationToken), cancellationToken);

    public Task DeleteCheckpointAsync(CheckpointRef checkpoint, CancellationToken cancellationToken) =>
        Task.Run(() => bucket.DeleteAsync(Name(_names.Checkpoint(checkpoint)), cancellationToken), cancellationToken);

    public async Task DeleteRoundAsync(string roundId, CancellationToken cancellationToken)
    {
        // The half of the key first: from then on it does not matter what the bucket keeps.
        await folder.EraseHalfAsync(roundId, cancellationToken);
        await Task.Run(() => DeleteAllAsync(Name(_names.Round(roundId)) + "/", cancellationToken), cancellationToken);
        await folder.DeleteRoundAsync(roundId, cancellationToken);
    }

    public async IAsyncEnumerable<string> ListRoundsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var listed = new HashSet<string>(StringComparer.Ordinal);

        await foreach (var roundId in folder.ListRoundsAsync(cancellationToken).Concat(bucket.ListFoldersAsync(Name(_names.Rounds) + "/", cancellationToken)))
        {
            if (listed.Add(roundId))
            {
                yield return roundId;
            }
        }
    }

    private async Task<CheckpointRef> SaveAsync(
        string roundId, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> head, ISumsSource sums, CancellationToken cancellationToken)
    {
        var (name, temporary) = (RandomNumberGenerator.GetHexString(32, lowercase: true), cache.Temporary());
        using var cipher = CheckpointCipher.Create(roundId, name, key.Span, head.Length, sums.Count, sums.SignificantBytes);
        var checkpoint = new CheckpointRef { RoundId = roundId, Name = name, Bytes = cipher.FileBytes, Checksum = 0 };
        var objectName = Name(_names.Checkpoint(checkpoint));

        try
        {
            using (var file = cache.OnDisk(() => Disk.CreateFile(temporary, cipher.FileBytes)))
            {
                await CheckpointWriter.WriteAsync(file.SafeFileHandle, cipher, head, sums, cancellationToken);
            }

            await bucket.PutAsync(objectName, temporary, cancellationToken);
            return checkpoint with { Checksum = cipher.Checksum };
        }
        catch (Exception exception) when (Disk.IsTrouble(exception))
        {
            throw cache.Unavailable(exception);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private async Task<CheckpointHead> ReadAsync(
        CheckpointRef checkpoint, ReadOnlyMemory<byte> key, SumsRange? range, SumsVisitor visit, CancellationToken cancellationToken)
    {
        try
        {
            var source = await S3Checkpoint.OpenAsync(bucket, Name(_names.Checkpoint(checkpoint)), cancellationToken);
            return await CheckpointReader.ReadAsync(source, checkpoint, key, range, visit, cancellationToken);
        }
        catch (PayloadMissingException exception)
        {
            throw new PayloadMissingException($"There is no checkpoint {checkpoint.Name} of round {checkpoint.RoundId}.", exception);
        }
    }
}
