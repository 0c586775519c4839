using Octomil.Client.Http;

namespace Octomil.Client.Connections;

/// <summary>Repeats a call while its failure is transient.</summary>
internal static class Retry
{
    /// <summary>Repeats until the token is cancelled.</summary>
    /// <param name="call">One try.</param>
    /// <param name="settings">Clock and chance.</param>
    /// <param name="onFailure">Told each failure and the wait that follows.</param>
    /// <param name="maxTries">Tries after which the last failure is thrown.</param>
    /// <exception cref="OctomilException">The call was refused, or the tries are used up.</exception>
    public static async Task<T> RunAsync<T>(
        Func<CancellationToken, Task<T>> call, ClientSettings settings, Action<OctomilException, TimeSpan>? onFailure, int maxTries, CancellationToken cancellationToken)
    {
        var backoff = new Backoff(settings.Chance);
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await call(cancellationToken);
            }
            catch (OctomilException exception) when (exception.IsTransient && tries < maxTries)
            {
                var wait = backoff.Next(exception.RetryAfter);
                onFailure?.Invoke(exception, wait);
                await Task.Delay(wait, settings.Clock, cancellationToken);
            }
        }
    }
}
