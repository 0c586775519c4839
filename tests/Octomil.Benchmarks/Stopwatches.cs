using System.Diagnostics;

namespace Octomil.Benchmarks;

/// <summary>Times actions in turn, so that what slows the machine for a while slows all of them.</summary>
internal static class Stopwatches
{
    /// <summary>The median seconds of each action over some rounds, after some that are not counted.</summary>
    public static double[] Medians(int rounds, CancellationToken cancellationToken, params Action[] actions)
    {
        const int WarmUp = 8;
        var times = actions.Select(_ => new List<double>()).ToArray();
        for (var round = -WarmUp; round < rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            for (var i = 0; i < actions.Length; i++)
            {
                var start = Stopwatch.GetTimestamp();
                actions[i]();
                if (round >= 0)
                {
                    times[i].Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                }
            }
        }

        return [.. times.Select(Median)];
    }

    public static double Median(List<double> times)
    {
        times.Sort();
        return times[times.Count / 2];
    }
}
