using System.Text.Json;
using Octomil.Learning.Weights;
using Octomil.Training;

namespace Octomil.Client;

/// <summary>What a device is asked to do in one round.</summary>
public sealed record LocalTask
{
    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>The model's architecture document; null where the model has none and only its owner knows it.</summary>
    public JsonElement? Architecture { get; init; }

    /// <summary>The round's base weights, shared and never changed.</summary>
    public required ModelWeights Base { get; init; }

    /// <summary>Epochs, batch size, optimizer, hold-out and the run's seed.</summary>
    public required TrainingMessage Training { get; init; }

    /// <summary>Weight of the proximal term mu/2 ||w - base||^2 of FedProx; null: none.</summary>
    public double? ProximalMu { get; init; }

    /// <summary>
    /// Added to the gradient of every step, one number for each trained element in the order of the base's layout: how <c>scaffold</c> and
    /// <c>feddyn</c> correct a device's drift. A trainer that leaves it out trains something else; null: none.
    /// </summary>
    public ReadOnlyMemory<float>? GradientShift { get; init; }

    /// <summary>True: <see cref="LocalResult.Loss"/> is to be the loss of the base on the training rows (<c>qfedavg</c> weighs by it).</summary>
    public bool ReportsBaseLoss { get; init; }

    /// <summary>L2 bound on the whole difference. The SDK clips the result, so a trainer need not; null: none.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>Seeds shuffling and dropout; see <see cref="Client.RoundSeed"/>.</summary>
    public required ulong RoundSeed { get; init; }

    /// <summary>The id of this device, <c>dev_...</c>.</summary>
    public required string DeviceId { get; init; }

    /// <summary>Counted from 1.</summary>
    public required int RoundNumber { get; init; }

    /// <summary>The column to predict, where the caller named one.</summary>
    public string? TargetColumn { get; init; }
}
