using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Octomil.DeviceSimulator.Updates;
using Octomil.Learning.Aggregation;
using Octomil.Learning.Strategies;
using Octomil.Learning.Weights;
using Octomil.Training;

namespace Octomil.DeviceSimulator.Histories;

/// <summary>
/// Makes a run's weights again, round by round, from the devices that counted: their seeded updates, the exact fold, the server
/// optimizer. It shares the mathematics with the service and none of its way through silos, checkpoints and storage.
/// </summary>
internal sealed class RoundOracle
{
    private const int AtOnce = 4;

    private readonly byte[] _file;
    private readonly SafetensorsHeader _header;
    private readonly int _dataBegin;
    private readonly int _parameters;
    private readonly long _seed;
    private float[]? _state;

    /// <param name="baseFile">The safetensors file that the first round starts from.</param>
    /// <param name="seed">The simulation's seed.</param>
    /// <exception cref="WeightsFormatException">It is no safetensors file.</exception>
    public RoundOracle(ReadOnlySpan<byte> baseFile, long seed)
    {
        (_file, _seed) = (baseFile.ToArray(), seed);
        if (!SafetensorsHeader.TryReadLength(baseFile, out var length) || 8 + length > baseFile.Length)
        {
            throw new WeightsFormatException(WeightsErrors.Truncated, "The base is not a whole safetensors file.");
        }

        _dataBegin = 8 + (int)length;
        _header = SafetensorsHeader.Parse(baseFile[8.._dataBegin], baseFile.Length - _dataBegin);
        _parameters = (int)_header.Layout.ParameterCount;
        Sha256 = Hash();
    }

    /// <summary>SHA-256 of the weights after the last round that was applied, lower-case hex.</summary>
    public string Sha256 { get; private set; }

    /// <summary>Applies one published round: these devices counted. Returns the hash of the new weights.</summary>
    public string Apply(RoundContributionsResponse round)
    {
        var strategy = AggregationStrategies.Create(round.Strategy.Name, round.Strategy.Params);
        var uniform = strategy.Weighting is Weighting.Uniform;
        var plan = new FoldPlan(round.Limits.MaxMagnitude, uniform ? 1 : round.Limits.MaxSampleCount, Math.Max(1, round.Selected));
        var sums = new ExactSums(_parameters);
        var weight = 0L;
        var values = Enumerable.Range(0, AtOnce).Select(_ => new float[_parameters]).ToArray();
        foreach (var devices in round.Devices.Where(device => device.Counted).Chunk(AtOnce))
        {
            var inputs = devices.Select((device, index) => InputOf(device, values[index], strategy, round.Limits)).ToArray();
            weight += inputs.Sum(input => input.Weight);
            ExactFold.Add(sums, plan, inputs);
        }

        Step(strategy.Optimizer, sums.ToArray(), plan, weight);
        return Sha256 = Hash();
    }

    // An update is of the base that its device was given, and counts for less the more often the weights have changed since.
    private FoldInput InputOf(DeviceContributionResponse device, float[] values, AggregationStrategy strategy, LimitsMessage limits)
    {
        var update = SeededUpdate.Of(_seed, device.DeviceId, device.BaseSha256);
        update.Fill(values);
        var factor = strategy.Buffering is null ? 1 : UpdateBuffering.WeightOf(device.Staleness);
        return new FoldInput(values, factor, strategy.Weighting is Weighting.Uniform ? 1 : Math.Min(update.SampleCount, limits.MaxSampleCount));
    }

    private void Step(IServerOptimizer optimizer, long[] sums, FoldPlan plan, long weight)
    {
        var mean = new double[_parameters];
        ExactFold.Mean(sums, plan, weight, mean);
        var weights = Trained();
        var state = StateOf(optimizer);
        optimizer.Apply(mean, weights, state);

        // Weights and state are stored as float32 between rounds.
        _state = Array.ConvertAll(state, value => (float)value);
        Store(weights);
    }

    private double[] StateOf(IServerOptimizer optimizer)
    {
        var state = new double[_parameters * optimizer.StateVectors];
        if (_state is { } stored)
        {
            TensorPrimitives.ConvertTruncating<float, double>(stored, state);
            return state;
        }

        for (var vector = 0; vector < optimizer.StateVectors; vector++)
        {
            optimizer.InitializeState(vector, state.AsSpan(vector * _parameters, _parameters));
        }

        return state;
    }

    private double[] Trained()
    {
        var weights = new double[_parameters];
        var offset = 0;
        foreach (var tensor in _header.Tensors.Where(tensor => tensor.Spec.IsTrained))
        {
            var stored = FloatsOf(tensor);
            TensorPrimitives.ConvertTruncating<float, double>(stored, weights.AsSpan(offset, stored.Length));
            offset += stored.Length;
        }

        return weights;
    }

    private void Store(double[] weights)
    {
        var offset = 0;
        foreach (var tensor in _header.Tensors.Where(tensor => tensor.Spec.IsTrained))
        {
            var stored = FloatsOf(tensor);
            TensorPrimitives.ConvertTruncating<double, float>(weights.AsSpan(offset, stored.Length), stored);
            offset += stored.Length;
        }
    }

    private Span<float> FloatsOf(SafetensorsEntry tensor) =>
        MemoryMarshal.Cast<byte, float>(_file.AsSpan(_dataBegin + (int)tensor.Begin, (int)tensor.Bytes));

    private string Hash() => Convert.ToHexStringLower(SHA256.HashData(_file));
}
