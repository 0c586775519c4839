using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Octomil.Learning.Privacy;
using Octomil.Organizations;
using Orleans.Storage;

namespace Octomil.Benchmarks;

/// <summary>
/// How fast a privacy ledger reserves and commits: its rules alone, and the organization's grain in a silo over SQLite, which saves before
/// each answer, beside plain writes of a state as large by as many writers.
/// </summary>
internal sealed class LedgerBenchmark : IBenchmark
{
    private const int Organizations = 64;
    private const int AttemptsOfALedger = 256;
    private const int Ledgers = 10;

    // A ledger's row with half a page of closed attempts, as it is on average.
    private const int StateBytes = 16 * 1024;
    private const double Cost = 1e-9;
    private const string Unit = "operations/s";

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(5);

    public string Name => "ledger";

    public async Task<IReadOnlyList<Measurement>> RunAsync(CancellationToken cancellationToken) =>
    [
        Measurement.Report("ledger in memory, reserve and commit", OperationsInMemory(cancellationToken), Unit),
        .. await SiloHost.RunAsync(Name, SiloHost.BuildGrains, MeasureAsync, cancellationToken),
    ];

    private static double OperationsInMemory(CancellationToken cancellationToken)
    {
        var limit = new PrivacyLimit { Epsilon = 8, Delta = 1e-5 };
        var attempts = Enumerable.Range(0, AttemptsOfALedger).Select(attempt => $"round-{attempt}").ToArray();
        var seconds = Stopwatches.Medians(rounds: 5, cancellationToken, () =>
        {
            for (var i = 0; i < Ledgers; i++)
            {
                var ledger = new PrivacyLedger().Open(limit);

                foreach (var attempt in attempts)
                {
                    ledger = ledger.Reserve(attempt, Cost).Next.Commit(attempt, DateTimeOffset.UnixEpoch).Next;
                }
            }
        });
        return 2.0 * Ledgers * AttemptsOfALedger / seconds[0];
    }

    private static async Task<IReadOnlyList<Measurement>> MeasureAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var grains = services.GetRequiredService<IGrainFactory>();
        var storage = services.GetRequiredKeyedService<IGrainStorage>(StorageNames.Grains);

        foreach (var organization in Enumerable.Range(0, Organizations).Select(IdOf))
        {
            await grains.GetOrganization(organization).CreateAsync(organization);
            await grains.GetOrganizationPrivacy(organization).ChangeSettingsAsync(new SettingsChange { PrivacyBudget = 8 });
        }

        var states = Enumerable.Range(0, Organizations).Select(_ => new GrainState<List<byte>> { State = [.. new byte[StateBytes]] }).ToArray();
        var measurements = new List<Measurement>();

        foreach (var writers in (int[])[1, Organizations])
        {
            var writes = await PerSecondAsync(writers, (writer, _) => storage.WriteStateAsync("state", GrainId.Create("benchmark", $"{writer}"), states[writer]), cancellationToken);
            var operations = await PerSecondAsync(writers, (writer, turn) => ReserveOrCommitAsync(grains.GetOrganizationPrivacy(IdOf(writer)), writers, turn), cancellationToken);
            measurements.Add(Measurement.Compare($"reserve and commit on SQLite, {writers} at a time, to plain state writes", operations, Unit, writes));
        }

        return measurements;
    }

    // An attempt is reserved in one turn and committed in the next.
    private static async Task ReserveOrCommitAsync(IOrganizationPrivacyGrain ledger, int writers, int turn)
    {
        var attempt = $"round-{writers}-{turn / 2}";
        var done = turn % 2 == 0
            ? (await ledger.ReserveAsync(new PrivacyRelease { Attempt = attempt, RunId = "run", RoundNumber = turn, ModelName = "model", Cost = Cost })).Admission is PrivacyAdmission.Admitted
            : await ledger.CommitAsync(attempt) is PrivacySettlement.Done;
        if (!done)
        {
            throw new InvalidOperationException($"The ledger refuses {attempt}.");
        }
    }

    private static async Task<double> PerSecondAsync(int writers, Func<int, int, Task> operation, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(
            async () =>
            {
                var count = 0;

                for (var turn = 0; Stopwatch.GetElapsedTime(started) is var elapsed && elapsed < WarmUp + Measured; turn++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    await operation(writer, turn);
                    count += elapsed >= WarmUp ? 1 : 0;
                }

                return count;
            },
            cancellationToken)));
        return counts.Sum() / Measured.TotalSeconds;
    }

    private static string IdOf(int organization) => $"org_{organization:x8}";
}
