using System.Diagnostics;
using Xunit;

namespace Octomil.Api.Tests.Fixtures;

/// <summary>Waiting for what the service does by itself; whoever waits too long says for what.</summary>
internal static class Patience
{
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    public static Task UntilAsync(string what, Func<Task<bool>> conditionAsync) =>
        ForAsync<object>(what, async () => await conditionAsync() ? new object() : null);

    /// <summary>The first answer that is not null.</summary>
    public static async Task<T> ForAsync<T>(string what, Func<Task<T?>> askAsync)
        where T : class
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (await askAsync() is { } answer)
            {
                return answer;
            }

            if (Stopwatch.GetElapsedTime(started) > Long)
            {
                throw new TimeoutException($"Waited {Long} for {what}.");
            }

            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>The task's result, or a time-out that says what did not happen.</summary>
    public static async Task<T> SoonAsync<T>(this Task<T> task, string what)
    {
        try
        {
            return await task.WaitAsync(Long, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Waited {Long} for {what}.");
        }
    }
}
