using System.Collections.Concurrent;
using System.Security.Cryptography;
using Octomil.Storage;

namespace Octomil.Training;

/// <summary>A payload store in memory that can be told to fail, and remembers what is there.</summary>
internal sealed class MemoryPayloads : IPayloadStore
{
    private int _names;
    private TaskCompletionSource _deleted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ConcurrentDictionary<string, (byte[] Head, long[] Sums)> Checkpoints { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, byte[]> Weights { get; } = new(StringComparer.Ordinal);

    /// <summary>Saves that fail before they succeed again.</summary>
    public int FailingSaves { get; set; }

    /// <summary>Reads of checkpoints that fail before they succeed again.</summary>
    public int FailingReads { get; set; }

    public async Task<WeightsRef> SaveWeightsAsync(string? runId, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream();
        await write(stream, cancellationToken);
        var bytes = stream.ToArray();
        var weights = new WeightsRef { Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)), Bytes = bytes.Length, RunId = runId };
        Weights[weights.Sha256] = bytes;
        return weights;
    }

    public Task<Stream> OpenWeightsAsync(WeightsRef weights, CancellationToken cancellationToken) =>
        Task.FromResult<Stream>(new MemoryStream(Weights[weights.Sha256], writable: false));

    public Task<WeightsRef> PromoteWeightsAsync(WeightsRef weights, CancellationToken cancellationToken) => Task.FromResult(weights with { RunId = null });

    public Task DeleteRunWeightsAsync(WeightsRef weights, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task DeleteRunAsync(string runId, CancellationToken cancellationToken) => Task.CompletedTask;

    public IAsyncEnumerable<string> ListRoundsAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<CheckpointRef> SaveCheckpointAsync(
        string roundId, ReadOnlyMemory<byte> key, ReadOnlyMemory<byte> head, ISumsSource sums, CancellationToken cancellationToken)
    {
        if (FailingSaves > 0)
        {
            FailingSaves--;
            throw new StorageUnavailableException("The disk is full.");
        }

        var name = $"c{Interlocked.Increment(ref _names)}";
        var copy = new long[sums.Count];
        sums.Read(0, copy);
        Checkpoints[name] = (head.ToArray(), copy);
        return Task.FromResult(new CheckpointRef { RoundId = roundId, Name = name, Bytes = sums.Count * 8, Checksum = 1 });
    }

    public Task<CheckpointHead> ReadCheckpointHeadAsync(CheckpointRef checkpoint, ReadOnlyMemory<byte> key, CancellationToken cancellationToken)
    {
        var (head, sums) = Checkpoints[checkpoint.Name];
        return Task.FromResult(new CheckpointHead(head, sums.Length));
    }

    public Task<CheckpointHead> ReadCheckpointAsync(
        CheckpointRef checkpoint, ReadOnlyMemory<byte> key, SumsRange? range, SumsVisitor visit, CancellationToken cancellationToken)
    {
        if (FailingReads > 0)
        {
            FailingReads--;
            throw new StorageUnavailableException("The disk does not answer.");
        }

        var (head, sums) = Checkpoints[checkpoint.Name];
        var (start, end) = range is { } part ? ((int)part.Start, (int)part.End) : (0, sums.Length);
        visit(start, sums.AsSpan(start..end));
        return Task.FromResult(new CheckpointHead(head, sums.Length));
    }

    public Task DeleteCheckpointAsync(CheckpointRef checkpoint, CancellationToken cancellationToken)
    {
        Checkpoints.TryRemove(checkpoint.Name, out _);
        Interlocked.Exchange(ref _deleted, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        return Task.CompletedTask;
    }

    /// <summary>Returns when no more than this many checkpoints are left: a fold answers first and tidies up afterwards.</summary>
    public async Task WaitForCheckpointsAsync(int count, CancellationToken cancellationToken)
    {
        while (true)
        {
            var deleted = Volatile.Read(ref _deleted).Task;

            if (Checkpoints.Count <= count)
            {
                return;
            }

            await deleted.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
        }
    }

    public Task DeleteRoundAsync(string roundId, CancellationToken cancellationToken)
    {
        Checkpoints.Clear();
        return Task.CompletedTask;
    }
}
