using Octomil.Client.Http;

namespace Octomil.DeviceSimulator.Fleet;

/// <summary>Devices that are kept registered, connected and taking part, whatever happens to the servers.</summary>
internal sealed class DeviceFleet(IReadOnlyList<SimulatedDevice> devices, TimeSpan poll, int atOnce) : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _opening = new(atOnce);
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public int Connected => devices.Count(device => device.IsConnected);

    /// <summary>Why the last connection could not be opened; null while all could.</summary>
    public string? LastFailure { get; private set; }

    /// <summary>Fails when a device's participant does, or a key is not accepted; otherwise runs until the fleet is disposed.</summary>
    public Task Failed { get; private set; } = Task.CompletedTask;

    /// <summary>Connects every device, and returns once all were connected.</summary>
    /// <exception cref="OctomilException">A key is not accepted.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await Parallel.ForEachAsync(
            devices, new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellationToken }, async (device, token) => await OpenAsync(device, token));
        List<Task> running = [.. devices.Select(device => device.RunAsync(_stop.Token)), .. devices.Select(device => KeepAsync(device, _stop.Token))];
        Failed = Task.WhenAny(running).Unwrap();
        _running = Task.WhenAll(running.Select(task => Task.WhenAny(task)));
    }

    /// <summary>Drops every connection at once; each device comes back as soon as it can.</summary>
    public void Storm()
    {
        foreach (var device in devices)
        {
            device.Drop();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await Parallel.ForEachAsync(devices, CancellationToken.None, async (device, _) => await device.DisposeAsync());
        _stop.Dispose();
        _opening.Dispose();
    }

    private async Task KeepAsync(SimulatedDevice device, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.WhenAny(device.Lost, Task.Delay(Spread(poll), cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
            if (!device.IsConnected)
            {
                await OpenAsync(device, cancellationToken);
            }
            else
            {
                await AskAsync(device, cancellationToken);
            }
        }
    }

    // Again and again: the service may be restarting. Only a key that is not accepted is final.
    private async Task OpenAsync(SimulatedDevice device, CancellationToken cancellationToken)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            await _opening.WaitAsync(cancellationToken);
            try
            {
                await device.ConnectAsync(cancellationToken);
                return;
            }
            catch (OctomilException exception) when (exception.IsAuthentication)
            {
                throw;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                // The transports throw exceptions of a dozen kinds; all of them mean: not now.
                LastFailure = exception.Message;
            }
            finally
            {
                _opening.Release();
            }

            await Task.Delay(Spread(pause), cancellationToken);
        }
    }

    private static async Task AskAsync(SimulatedDevice device, CancellationToken cancellationToken)
    {
        try
        {
            await device.PollAsync(cancellationToken);
        }
        catch (OctomilException)
        {
            // Asked again after the next pause.
        }
    }

    // So that a million devices do not ask in the same second.
    private static TimeSpan Spread(TimeSpan time) => time * (0.5 + Random.Shared.NextDouble());
}
