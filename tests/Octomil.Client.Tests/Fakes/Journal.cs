using Xunit;

namespace Octomil.Client.Tests.Fakes;

/// <summary>What happened, in order; a test takes the next entry of a kind, waiting for it where need be.</summary>
internal sealed class Journal<T>(string name)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly Lock _gate = new();
    private readonly List<T> _entries = [];
    private readonly List<(Func<T, bool> Wanted, TaskCompletionSource<T> Waiter)> _waiting = [];

    public IReadOnlyList<T> All { get; private set; } = [];

    public void Add(T entry)
    {
        lock (_gate)
        {
            All = [.. All, entry];
            var index = _waiting.FindIndex(waiting => waiting.Wanted(entry));
            if (index < 0)
            {
                _entries.Add(entry);
                return;
            }

            _waiting[index].Waiter.SetResult(entry);
            _waiting.RemoveAt(index);
        }
    }

    public async Task<T> NextAsync(Func<T, bool> wanted, string what)
    {
        var waiter = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            var index = _entries.FindIndex(entry => wanted(entry));
            if (index >= 0)
            {
                var entry = _entries[index];
                _entries.RemoveAt(index);
                return entry;
            }

            _waiting.Add((wanted, waiter));
        }

        try
        {
            return await waiter.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Waited {Patience.TotalSeconds} s for {what}; {name} entries: {string.Join(" | ", All)}");
        }
    }
}
