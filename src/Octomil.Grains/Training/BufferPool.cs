using Microsoft.Extensions.Options;

namespace Octomil.Training;

/// <summary>
/// The silo's memory for updates and sums. Updates share one budget, and organizations share it fairly: past their part a renter waits for a while and then gets nothing. What
/// is returned is kept for the next renter of the same length, and freed when another length needs the room or nobody came for it.
/// </summary>
internal sealed class BufferPool(IOptions<RoundOptions> options, TimeProvider clock) : IDisposable
{
    // Of one organization; they wait for seconds at most, and hold nothing but a connection.
    private const int LongestQueue = 10_000;

    private static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly List<(NativeBuffer<float> Buffer, DateTimeOffset Since)> _idleUpdates = [];
    private readonly List<(PooledSums Sums, DateTimeOffset Since)> _idleSums = [];
    private readonly FairCapacity _budget = new(options.Value.BufferBudgetBytes, LongestQueue, clock);

    /// <summary>Null where the organization's part of the budget stays used up for as long as a renter may wait.</summary>
    public async ValueTask<NativeBuffer<float>?> RentUpdateAsync(string organization, int length, CancellationToken cancellationToken)
    {
        if (!await _budget.TakeAsync(organization, BytesOf(length), options.Value.BufferWait, cancellationToken))
        {
            return null;
        }

        try
        {
            return Take(length);
        }
        catch
        {
            _budget.Return(organization, BytesOf(length));
            throw;
        }
    }

    public void ReturnUpdate(string organization, NativeBuffer<float> buffer)
    {
        lock (_gate)
        {
            _idleUpdates.Add((buffer, clock.GetUtcNow()));
            FreeIdle();
        }

        // Whoever is served now finds the buffer among the idle ones.
        _budget.Return(organization, BytesOf(buffer.Length));
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

    private static long BytesOf(int length) => Math.Max(1, (long)length) * sizeof(float);

    private NativeBuffer<float> Take(int length)
    {
        lock (_gate)
        {
            var index = _idleUpdates.FindIndex(idle => idle.Buffer.Length == length);
            if (index < 0)
            {
                MakeRoom(options.Value.BufferBudgetBytes - _budget.Taken);
                return new NativeBuffer<float>(length);
            }

            var buffer = _idleUpdates[index].Buffer;
            _idleUpdates.RemoveAt(index);
            return buffer;
        }
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
