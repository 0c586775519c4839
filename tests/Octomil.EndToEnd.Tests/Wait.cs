using System.Diagnostics;

namespace Octomil.EndToEnd;

/// <summary>Waits with a generous patience that says what it waited for.</summary>
internal static class Wait
{
    /// <summary>Longer than a busy machine needs for anything here, a run that only its reminder wakes (each minute) included.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks until the condition holds; a service that is not there, or does not take the question now, is asked again.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what, Func<string> details, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();

        while (!await HoldsAsync(condition))
        {
            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                throw new TimeoutException($"Waited {Patience} for {what}.\n{details()}");
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    private static async Task<bool> HoldsAsync(Func<Task<bool>> condition)
    {
        try
        {
            return await condition();
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
