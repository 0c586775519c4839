using System.Buffers.Binary;
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Octomil.Learning.Weights;
using Octomil.Storage;

namespace Octomil.Training;

/// <summary>What every fold of the silo works with.</summary>
internal sealed record RoundFoldParts(
    Func<string, IRoundGrain> Round, IPayloadStore Payloads, BufferPool Buffers, TimeProvider Clock, RoundOptions Options, ILogger Logger);

/// <summary>The header of a weights file: its JSON, and what it says.</summary>
internal sealed record SafetensorsHeaderBytes(byte[] Json, WeightsLayout Layout)
{
    public static async Task<SafetensorsHeaderBytes> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var length = new byte[sizeof(long)];
        await stream.ReadExactlyAsync(length, cancellationToken);
        var json = new byte[BinaryPrimitives.ReadInt64LittleEndian(length)];
        await stream.ReadExactlyAsync(json, cancellationToken);
        return new SafetensorsHeaderBytes(json, SafetensorsHeader.Parse(json, dataBytes: null).Layout);
    }
}

/// <summary>The folds of this silo.</summary>
internal sealed class RoundFolds(
    IGrainFactory grains, IPayloadStore payloads, BufferPool buffers, IIdSource ids, TimeProvider clock,
    IOptions<RoundOptions> options, ILogger<RoundFold> logger) : IRoundFolds
{
    private readonly ConcurrentDictionary<string, Task<RoundFold?>> _folds = new(StringComparer.Ordinal);
    private readonly RoundFoldParts _parts = new(grains.GetRound, payloads, buffers, clock, options.Value, logger);

    /// <summary>How long an update may wait for its answer.</summary>
    public TimeSpan Patience => options.Value.CommitPatience;

    public TimeProvider Clock => clock;

    public async ValueTask<IRoundFold?> FindAsync(string roundId, CancellationToken cancellationToken) =>
        await FindOpenAsync(roundId, cancellationToken) is { } fold
            ? fold.Plan.IsAsynchronous ? fold.For(roundId, this) : fold
            : null;

    public async Task<SubmitUpdateResult> GetAnswerAsync(string roundId, string deviceId)
    {
        var round = grains.GetRound(roundId);
        var answer = await round.GetAnswerAsync(deviceId, roundId);

        if (answer is not SubmitUpdateResult.RoundNotOpen || await round.GetAsynchronousAsync() is not { } asynchronous)
        {
            return answer;
        }

        // Counted at the latest this many rounds later.
        var rounds = await grains.GetTrainingRun(asynchronous.RunId).GetRoundsFromAsync(asynchronous.RoundNumber);
        var last = Math.Min(rounds.RoundIds.Length, asynchronous.MaxStaleness + 1);

        foreach (var later in rounds.RoundIds[..last])
        {
            answer = await grains.GetRound(later).GetAnswerAsync(deviceId, roundId);

            if (answer is SubmitUpdateResult.CountedBefore or SubmitUpdateResult.OrganizationSuspended)
            {
                return answer;
            }
        }

        var mayStillCount = answer is SubmitUpdateResult.None or SubmitUpdateResult.RoundNotOpen && last == rounds.RoundIds.Length && rounds.MoreFollow;
        return mayStillCount ? SubmitUpdateResult.NotDurable
            : rounds.MoreFollow ? SubmitUpdateResult.TooStale
            : SubmitUpdateResult.RoundNotOpen;
    }

    /// <summary>The open fold that takes updates from the base which this round gave out.</summary>
    public async ValueTask<RoundFold?> FindOpenAsync(string roundId, CancellationToken cancellationToken)
    {
        if (await FindOwnAsync(roundId, cancellationToken) is { } own)
        {
            return own;
        }

        var asynchronous = await grains.GetRound(roundId).GetAsynchronousAsync();
        var open = asynchronous is null ? null : await grains.GetTrainingRun(asynchronous.RunId).GetOpenRoundAsync();
        return open is null || open == roundId ? null : await FindOwnAsync(open, cancellationToken);
    }

    private async ValueTask<RoundFold?> FindOwnAsync(string roundId, CancellationToken cancellationToken)
    {
        // One fold for a round, however many ask at the same time; a failure is not kept.
        var finding = _folds.GetOrAdd(roundId, CreateAsync);

        try
        {
            var fold = await finding.WaitAsync(cancellationToken);

            if (fold is not { IsClosed: false })
            {
                _folds.TryRemove(new KeyValuePair<string, Task<RoundFold?>>(roundId, finding));
            }

            // In an asynchronous run the next round may be the one to ask.
            return fold is { IsClosed: true, Plan.IsAsynchronous: true } ? null : fold;
        }
        catch when (finding.IsFaulted || finding.IsCanceled)
        {
            _folds.TryRemove(new KeyValuePair<string, Task<RoundFold?>>(roundId, finding));
            throw;
        }
    }

    /// <summary>The round is over: whoever asks for it from now on gets its answers from the round's row.</summary>
    public void Forget(string roundId)
    {
        if (_folds.TryRemove(roundId, out var finding) && finding.IsCompletedSuccessfully)
        {
            finding.Result?.Close();
        }
    }

    /// <summary>The organization is excluded from the round: its devices hear so before they send anything.</summary>
    public async Task ExcludeAsync(string roundId, string organizationId)
    {
        if (!_folds.TryGetValue(roundId, out var finding))
        {
            return;
        }

        // One that is being made may have asked for its terms before.
        await ((Task)finding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        if (finding.IsCompletedSuccessfully)
        {
            finding.Result?.Exclude(organizationId);
        }
    }

    private async Task<RoundFold?> CreateAsync(string roundId)
    {
        var terms = await grains.GetRound(roundId).GetFoldTermsAsync();

        if (terms is null)
        {
            return null;
        }

        await using var stream = await payloads.OpenWeightsAsync(terms.Plan.Base, CancellationToken.None);
        var header = await SafetensorsHeaderBytes.ReadAsync(stream, CancellationToken.None);
        return new RoundFold(_parts, terms, header, ids.NewId("fold_", 16));
    }
}
