using System.Collections.Concurrent;
using Octomil.DeviceSimulator.Connections;
using Octomil.Learning.Weights;
using Octomil.Training;

namespace Octomil.DeviceSimulator.Fleet;

/// <summary>Reads bases as devices do. The first is kept in a file, for whoever makes the run's weights again; of each model the layout.</summary>
internal sealed class FirstBase(string file)
{
    private readonly ConcurrentDictionary<string, Lazy<Task<WeightsLayout>>> _layouts = new(StringComparer.Ordinal);
    private int _kept;

    /// <summary>Reads the round's base, and returns what an update of it looks like.</summary>
    public async Task<WeightsLayout> ReadAsync(SimulatedDevice device, RoundAssignmentMessage assignment, CancellationToken cancellationToken)
    {
        var mine = new Lazy<Task<WeightsLayout>>(() => ReadFirstAsync(device, assignment));
        var first = _layouts.GetOrAdd(assignment.ModelId, mine);

        try
        {
            var layout = await first.Value.WaitAsync(cancellationToken);
            if (first != mine)
            {
                await BaseDownload.ReadAsync(device.Api, assignment.Base, Stream.Null, cancellationToken);
            }

            return layout;
        }
        catch when (first.Value.IsFaulted)
        {
            // The next device is the first.
            _layouts.TryRemove(KeyValuePair.Create(assignment.ModelId, first));
            throw;
        }
    }

    // Whatever becomes of this device: others wait for it.
    private async Task<WeightsLayout> ReadFirstAsync(SimulatedDevice device, RoundAssignmentMessage assignment)
    {
        using var bytes = new MemoryStream();
        await BaseDownload.ReadAsync(device.Api, assignment.Base, bytes, CancellationToken.None);
        if (Interlocked.Exchange(ref _kept, 1) == 0)
        {
            await File.WriteAllBytesAsync(file, bytes.ToArray(), CancellationToken.None);
        }

        return ModelWeights.Load(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)).Layout;
    }
}
