using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Octomil.Learning.Weights;
using Xunit;

namespace Octomil.Training;

/// <summary>One round from its updates to its weights, with the real folds, the real row and the real sealing, and no silo.</summary>
internal sealed class SealedRound : IDisposable
{
    private static readonly byte[] Key = new byte[32];

    private readonly BufferPool _buffers = new(Options.Create(new RoundOptions()), TimeProvider.System);
    private readonly IOptions<RoundOptions> _options;

    public SealedRound(int parameters, RoundOptions? options = null)
    {
        Layout = WeightsLayout.Create([new TensorSpec("w", TensorType.F32, [parameters])]);
        _options = Options.Create(options ?? new RoundOptions());
    }

    public WeightsLayout Layout { get; }

    public MemoryPayloads Payloads { get; } = new();

    public static RoundPlan Plan(int devices, string strategy, params (string Name, string Value)[] parameters)
    {
        var known = Octomil.Learning.Strategies.AggregationStrategies.Create(strategy, parameters.ToDictionary(pair => pair.Name, pair => pair.Value));
        return Plans.Of(devices) with
        {
            Strategy = known.Name,
            StrategyParameters = known.Parameters.ToImmutableSortedDictionary(StringComparer.Ordinal),
            UniformWeights = known.Weighting is Octomil.Learning.Strategies.Weighting.Uniform,
            Population = devices,
            Buckets = known.Buckets ?? 0,
            Training = new LocalTraining { Momentum = 0 },
        };
    }

    public async Task<RoundPlan> FromAsync(RoundPlan plan, float[] weights) => plan with
    {
        Base = await Payloads.SaveWeightsAsync(
            null, (stream, cancellation) => ModelWeights.Create(Layout, weights).SaveAsync(stream, null, cancellation), TestContext.Current.CancellationToken),
    };

    /// <summary>Every update goes into one of two folds, in turns; the same updates in any order give the same.</summary>
    public async Task<(SealedWeights Sealed, float[] Weights, RoundState State)> RunAsync(
        RoundPlan plan, IEnumerable<(int Device, float[] Values, UpdateSummary Summary)> updates, params int[] excluded)
    {
        var round = new StateRound(plan);
        RoundFold[] folds = [Fold("a", plan, round), Fold("b", plan, round)];

        foreach (var (index, (device, values, summary)) in updates.Index())
        {
            Assert.Equal(SubmitUpdateResult.Accepted, await SubmitAsync(folds[index % 2], device, values, summary));
        }

        var input = new SealingInput([.. round.State.Folds.Values.SelectMany(fold => fold.Buckets)], excluded.ToHashSet());
        var result = await new RoundSealer(Payloads, new RoundAggregates(Payloads, _options)).SealAsync(plan, Key, input, TestContext.Current.CancellationToken);
        return (result, await LoadAsync(result.Weights), round.State);
    }

    public RoundFold Fold(string id, RoundPlan plan, StateRound round) => new(
        new RoundFoldParts(_ => round, Payloads, _buffers, TimeProvider.System, _options.Value, NullLogger.Instance),
        new FoldTerms { Plan = plan, Key = [.. Key] }, new SafetensorsHeaderBytes([], Layout), id);

    public static async Task<SubmitUpdateResult> SubmitAsync(RoundFold fold, int device, float[] values, UpdateSummary summary)
    {
        var buffer = (await fold.RentBufferAsync(Plans.DeviceId(device), TestContext.Current.CancellationToken))!;
        values.CopyTo(buffer.Values.Span);
        return await fold.SubmitAsync(Plans.DeviceId(device), buffer, summary with { SumOfSquares = values.Sum(value => (double)value * value) }, TestContext.Current.CancellationToken);
    }

    public void Dispose() => _buffers.Dispose();

    private async Task<float[]> LoadAsync(WeightsRef weights)
    {
        await using var stream = await Payloads.OpenWeightsAsync(weights, TestContext.Current.CancellationToken);
        return (await ModelWeights.LoadAsync(stream, TestContext.Current.CancellationToken)).Trained;
    }
}
