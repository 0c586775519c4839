using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Octomil.Storage;

namespace Octomil.Training;

/// <summary>
/// Collects weights that nothing refers to: uploads that a crash cut off, results of rounds that a run has gone past, what a deleted
/// version leaves. References are found and not counted: every row is read for names of weights, but the rows of runs and rounds, which
/// also remember what is over; runs that are not over are asked instead. What is younger than the grace period stays in any case, and
/// whoever is about to refer to weights renews them (<see cref="IWeightsGrain"/>), so a publication that races a sweep wins.
/// </summary>
internal sealed partial class WeightsSweep(
    IGrainFactory grains, IPayloadInventory payloads, IStoredReferences references, RoundMeter meter, IOptions<RoundOptions> options, TimeProvider clock, ILogger<WeightsSweep> logger)
{
    // Devices and the bodies they posted have no weights in their rows, and there may be millions of them.
    private static readonly string[] _asked = ["run", "round", "round-plan", "device", "posted-update"];

    /// <returns>How many weights were deleted.</returns>
    /// <exception cref="StorageUnavailableException">Not everything could be looked at; what was not is left.</exception>
    public async Task<int> SweepAsync(CancellationToken cancellationToken)
    {
        var before = clock.GetUtcNow() - options.Value.WeightsGrace;
        var deleted = await SweepKeptAsync(before, cancellationToken) + await SweepRunsAsync(before, cancellationToken);
        await payloads.RemoveLeftoversAsync(before, cancellationToken);

        if (deleted > 0)
        {
            meter.Collected(deleted);
            LogCollected(logger, deleted);
        }

        return deleted;
    }

    private async Task<int> SweepKeptAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        // Listed first: what is stored later is not looked at.
        var old = await payloads.ListWeightsAsync(cancellationToken).Where(stored => stored.StoredAt < before).ToListAsync(cancellationToken);

        if (old.Count == 0)
        {
            return 0;
        }

        var named = (await references.FindWeightsAsync(_asked, cancellationToken)).ToHashSet(StringComparer.Ordinal);

        // After the rows: a run that began meanwhile took its base from a version that was named in them.
        foreach (var runId in await grains.GetOpenRuns().ListAsync())
        {
            named.UnionWith((await grains.GetTrainingRun(runId).GetWeightsAsync()).Select(weights => weights.Sha256));
        }

        var deleted = 0;

        foreach (var stored in old.Where(stored => !named.Contains(stored.Weights.Sha256)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            deleted += await grains.GetWeights(stored.Weights).CollectAsync(stored.Weights, before) ? 1 : 0;
        }

        return deleted;
    }

    private async Task<int> SweepRunsAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        var deleted = 0;

        await foreach (var runId in payloads.ListRunsAsync(cancellationToken))
        {
            deleted += await grains.GetTrainingRun(runId).SweepAsync(before);
        }

        return deleted;
    }

    [LoggerMessage(2082, LogLevel.Information, "{Count} weights that nothing referred to were deleted.")]
    private static partial void LogCollected(ILogger logger, int count);
}
