using System.Diagnostics;

namespace Octomil.EndToEnd.Schedules;

/// <summary>Does to a cluster what a schedule says, when the run has come so far, and makes it whole again.</summary>
internal sealed class FaultInjector(FaultCluster cluster, FaultSchedule schedule, RunGate gate, Action<string> say)
{
    private static readonly TimeSpan SlowPause = TimeSpan.FromMilliseconds(400);

    private readonly long _started = Stopwatch.GetTimestamp();

    /// <summary>Ends once every fault is over and all silos are active.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        RunAsync(schedule.OfSilos, thenAllActive: true, cancellationToken), RunAsync(schedule.OfOthers, thenAllActive: false, cancellationToken));

    private async Task RunAsync(IEnumerable<FaultStep> steps, bool thenAllActive, CancellationToken cancellationToken)
    {
        foreach (var step in steps)
        {
            await gate.ReachedAsync(step.Round, cancellationToken);
            await Task.Delay(step.After, cancellationToken);
            Say($"{step}");
            var over = DoAsync(step, cancellationToken);
            gate.Begin(step);
            await over;

            if (thenAllActive)
            {
                await cluster.AllActiveAsync(cancellationToken);
            }

            Say(step.Kind is FaultKind.BucketUnavailable ? $"{step.Kind} is over; {cluster.BucketProxy.Refused} requests were refused so far" : $"{step.Kind} is over");
        }
    }

    private Task DoAsync(FaultStep step, CancellationToken cancellationToken) => step.Kind switch
    {
        FaultKind.Kill => KillAsync(step.Lasts, [step.Silo], cancellationToken),
        FaultKind.KillTwo => KillAsync(step.Lasts, [step.Silo, step.Other], cancellationToken),
        FaultKind.Freeze => ForAsync(
            step.Lasts, () => cluster.Servers[step.Silo].Process.Signal("STOP"), () => cluster.Servers[step.Silo].Process.Signal("CONT"), cancellationToken),
        FaultKind.Isolate => ForAsync(step.Lasts, () => Isolate(step.Silo), cluster.Network.Heal, cancellationToken),
        FaultKind.CutPair => ForAsync(step.Lasts, () => cluster.Network.Cut(step.Silo, step.Other), cluster.Network.Heal, cancellationToken),
        FaultKind.DatabaseFast => StopDatabaseAsync("fast", step.Lasts, cancellationToken),
        FaultKind.DatabaseImmediate => StopDatabaseAsync("immediate", step.Lasts, cancellationToken),
        FaultKind.BucketUnavailable => ForAsync(step.Lasts, cluster.BucketProxy.Refuse, cluster.BucketProxy.Heal, cancellationToken),
        FaultKind.BucketSlow => ForAsync(step.Lasts, () => cluster.BucketProxy.Slow(SlowPause), cluster.BucketProxy.Heal, cancellationToken),
        FaultKind.DiskFull => ForAsync(step.Lasts, () => cluster.Disks[step.Silo].Fill(leave: 0), cluster.Disks[step.Silo].Free, cancellationToken),
        FaultKind.SharedDiskFull => ForAsync(step.Lasts, () => cluster.SharedDisk.Fill(leave: 0), cluster.SharedDisk.Free, cancellationToken),
        _ => throw new InvalidOperationException($"Nothing is known of {step.Kind}."),
    };

    private async Task KillAsync(TimeSpan lasts, int[] silos, CancellationToken cancellationToken)
    {
        await Task.WhenAll(silos.Select(cluster.KillAsync));
        await Task.Delay(lasts, cancellationToken);
        Array.ForEach(silos, cluster.Launch);
    }

    private async Task StopDatabaseAsync(string mode, TimeSpan lasts, CancellationToken cancellationToken)
    {
        await cluster.Database.StopAsync(mode, cancellationToken);
        await Task.Delay(lasts, cancellationToken);
        await cluster.Database.StartAgainAsync(cancellationToken);
    }

    private void Isolate(int silo)
    {
        foreach (var other in Enumerable.Range(0, FaultSchedule.Silos).Where(other => other != silo))
        {
            cluster.Network.Cut(silo, other);
        }
    }

    private static async Task ForAsync(TimeSpan lasts, Action begin, Action end, CancellationToken cancellationToken)
    {
        begin();

        try
        {
            await Task.Delay(lasts, cancellationToken);
        }
        finally
        {
            end();
        }
    }

    private void Say(string what) => say(string.Create(
        System.Globalization.CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(_started).TotalSeconds,6:0.0} s  {what}"));
}
