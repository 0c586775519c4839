using Microsoft.Extensions.Options;
using Octomil.Storage.Payloads;

namespace Octomil.Storage;

internal sealed class StorageProbe(
    IDatabase database, IPayloadLifecycle payloads, IOptions<StorageOptions> options, TimeProvider clock) : IStorageProbe
{
    private readonly Lock _starting = new();
    private Task _running = Task.CompletedTask;

    public async Task<StorageHealth> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Run().WaitAsync(options.Value.ProbeTimeout, clock, cancellationToken);
            return new StorageHealth(Ok: true, Reason: null);
        }
        catch (TimeoutException)
        {
            return new StorageHealth(Ok: false, $"Storage did not answer within {options.Value.ProbeTimeout.TotalSeconds} s.");
        }
        catch (Exception exception) when (exception is IOException or InvalidOperationException)
        {
            return new StorageHealth(Ok: false, exception.Message);
        }
    }

    // Where storage hangs, those who ask share the one that hangs: each new one would hold another thread.
    private Task Run()
    {
        lock (_starting)
        {
            return _running = _running.IsCompleted ? Task.Run(WriteAsync) : _running;
        }
    }

    private async Task WriteAsync()
    {
        await database.ProbeAsync();
        await payloads.ProbeAsync(CancellationToken.None);
    }
}
