using Microsoft.Extensions.Options;

namespace Octomil.Training;

/// <summary>
/// The silo's memory for updates and sums. Updates share one budget: past it a renter waits for a while and then gets nothing. What
/// is returned is kept for the next renter of the same length, and freed when another length needs the room or nobody came for it.
/// </summary>
internal sealed class BufferPool(IOptions<RoundOptions> options, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly List<(NativeBuffer<float> Buffer, DateTimeOffset Since)> _idleUpdates = [];
    private readonly List<(PooledSums Sums, DateTimeOffset Since)> _idleSums = [];
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    private long _rentedBytes;

    /// <summary>Null where the budget stays used up for as long as a renter may wait.</summary>
    public async ValueTask<NativeBuffer<float>?> RentUpdateAsync(int length, CancellationToken cancellationToken)
    {
        var deadline = clock.GetTimestamp() + (long)(options.Value.BufferWait.TotalSeconds * clock.TimestampFrequency);

        while (true)
        {
            TaskCompletionSource freed;

            lock (_gate)
            {
                if (TryRent(length) is { } buffer)
                {
                    return buffer;
                }

                freed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _waiting.AddLast(freed);
            }

            var left = clock.GetElapsedTime(clock.GetTimestamp(), deadline);

            try
            {
                await freed.Task.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, clock, cancellationToken);
            }
            catch (TimeoutException)
            {
                return null;
            }
            finally
            {
                lock (_gate)
                {
                    _waiting.Remove(freed);
                }
            }
        }
    }

    public void ReturnUpdate(NativeBuffer<float> buffer)
    {
        lock (_gate)
        {
            _rentedBytes -= buffer.Bytes;
            _idleUpdates.Add((buffer, clock.GetUtcNow()));
            _waiting.First?.Value.TrySetResult();
            FreeIdle();
        }
    }

    /// <summary>Zeroed sums. They are not part of the budget: a silo has one for each open round, as long as updates land there.</summary>
    public PooledSums RentSums(int length)
    {
        PooledSums? sums = null;

        lock (_gate)
        {
            var index = _idleSums.FindIndex(idle => idle.Sums.Sums.Length == length);

            if (index >= 0)
            {
                sums = _idleSums[index].Sums;
                _idleSums.RemoveAt(index);
            }
        }

        sums?.Sums.Clear();
        return sums ?? new PooledSums(length);
    }

    public void ReturnSums(PooledSums sums)
    {
        lock (_gate)
        {
            _idleSums.Add((sums, clock.GetUtcNow()));
            FreeIdle();
        }
    }

    /// <summary>Frees what nobody rented for a while.</summary>
    public void Trim()
    {
        lock (_gate)
        {
            FreeIdle();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _idleUpdates.ForEach(idle => ((IDisposable)idle.Buffer).Dispose());
            _idleSums.ForEach(idle => idle.Sums.Dispose());
            _idleUpdates.Clear();
            _idleSums.Clear();
        }
    }

    private NativeBuffer<float>? TryRent(int length)
    {
        var bytes = (long)length * sizeof(float);
        var budget = options.Value.BufferBudgetBytes;

        // One update larger than the whole budget still gets in when it is alone.
        if (_rentedBytes > 0 && _rentedBytes + bytes > budget)
        {
            return null;
        }

        var index = _idleUpdates.FindIndex(idle => idle.Buffer.Length == length);
        NativeBuffer<float> buffer;

        if (index >= 0)
        {
            buffer = _idleUpdates[index].Buffer;
            _idleUpdates.RemoveAt(index);
        }
        else
        {
            MakeRoom(budget - _rentedBytes - bytes);
            buffer = new NativeBuffer<float>(length);
        }

        _rentedBytes += buffer.Bytes;
        return buffer;
    }

    private void MakeRoom(long idleBytes)
    {
        while (_idleUpdates.Count > 0 && _idleUpdates.Sum(idle => idle.Buffer.Bytes) > idleBytes)
        {
            ((IDisposable)_idleUpdates[0].Buffer).Dispose();
            _idleUpdates.RemoveAt(0);
        }
    }

    private void FreeIdle()
    {
        var oldest = clock.GetUtcNow() - IdleTime;
        Free(_idleUpdates, oldest);
        Free(_idleSums, oldest);
    }

    private static void Free<T>(List<(T Buffer, DateTimeOffset Since)> idle, DateTimeOffset oldest)
        where T : IDisposable
    {
        foreach (var (buffer, _) in idle.Where(entry => entry.Since < oldest))
        {
            buffer.Dispose();
        }

        idle.RemoveAll(entry => entry.Since < oldest);
    }
}
