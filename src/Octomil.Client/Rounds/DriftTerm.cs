using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Octomil.Client.Connections;
using Octomil.Client.Http;
using Octomil.Learning.Strategies;
using Octomil.Training;
using LocalTraining = Octomil.Learning.Strategies.LocalTraining;

namespace Octomil.Client.Rounds;

/// <summary>What a strategy against drift does to one round on a device: a shift of every gradient, and what is remembered afterwards.</summary>
/// <param name="Shift">Added to the gradient of every step.</param>
/// <param name="Alpha">Weight of a proximal term of its own, or null.</param>
/// <param name="Finish">Of the trained result: what is sent, and what is kept until the next round.</param>
internal sealed record DriftTerm(float[] Shift, double? Alpha, float[] Before, Func<LocalResult, (LocalResult Sent, float[] After)> Finish);

/// <summary>Begins the terms of <c>scaffold</c> and <c>feddyn</c>.</summary>
internal sealed class DriftTerms(OctomilApi api, ClientSettings settings)
{
    private readonly DeviceMemory _memory = new(settings.StateFolder);

    /// <summary>Null where the round's strategy has no such term.</summary>
    public async Task<DriftTerm?> BeginAsync(RoundAssignmentMessage round, string deviceId, int parameters, CancellationToken cancellationToken)
    {
        if (round.Kind != RoundKinds.Train || round.Strategy.Name is not (AggregationStrategies.Scaffold or AggregationStrategies.FedDyn))
        {
            return null;
        }

        var own = _memory.At(round.SessionId, deviceId, round.RoundNumber, parameters);
        return round.Strategy.Name == AggregationStrategies.Scaffold
            ? Scaffolded(own, await ServerControlAsync(round, parameters, cancellationToken), round.Training)
            : Dynamic(own, round.Strategy.Alpha ?? 0);
    }

    /// <summary>The service counts the round's update.</summary>
    public void Keep(RoundAssignmentMessage round, string deviceId, DriftTerm term, float[] after) =>
        _memory.Keep(round.SessionId, deviceId, round.RoundNumber, term.Before, after);

    private static DriftTerm Scaffolded(float[] own, float[] server, TrainingMessage training)
    {
        var shift = new float[own.Length];
        TensorPrimitives.Subtract(server, own, shift);
        return new DriftTerm(shift, Alpha: null, own, result =>
        {
            var control = ControlDifference(result, server, training);
            var after = new float[own.Length];
            TensorPrimitives.Add(own, control, after);
            return (result with { ControlDifference = control }, after);
        });
    }

    private static DriftTerm Dynamic(float[] own, double alpha)
    {
        var shift = new float[own.Length];
        TensorPrimitives.Negate(own, shift);
        return new DriftTerm(shift, alpha, own, result =>
        {
            float[] after = [.. own];
            DynamicTerm.Advance(result.Difference.Span, alpha, after);
            return (result, after);
        });
    }

    // With momentum a step's gradient counts more than once; what all of them amount to is FedNova's norm.
    private static float[] ControlDifference(LocalResult result, float[] server, TrainingMessage training)
    {
        var rule = training.Momentum > 0 ? new FedNovaRule(LocalTraining.Momentum, training.Momentum) : new FedNovaRule();
        var effective = rule.StepNorm(Math.Max(1, result.Steps)) * training.LearningRate;
        var control = new float[server.Length];

        for (var i = 0; i < control.Length; i++)
        {
            control[i] = (float)(-server[i] - (result.Difference.Span[i] / effective));
        }

        return control;
    }

    private async Task<float[]> ServerControlAsync(RoundAssignmentMessage round, int parameters, CancellationToken cancellationToken)
    {
        if (round.Control is null)
        {
            return new float[parameters];
        }

        var file = await new BaseDownload(api, settings, round.Control).RunAsync(cancellationToken);
        return file.Length == parameters * sizeof(float)
            ? MemoryMarshal.Cast<byte, float>(file.Span).ToArray()
            : throw new InvalidDataException($"The server's control has {file.Length} bytes; the model has {parameters} trained parameters.");
    }
}
