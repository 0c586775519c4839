namespace Octomil.Client.Training;

/// <summary>How one round of local training goes.</summary>
public sealed record LocalTrainingOptions
{
    /// <summary>Passes over the training rows.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Rows a step; the last step of an epoch may have fewer.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary><c>sgd</c> or <c>adam</c>.</summary>
    public string Optimizer { get; init; } = "sgd";

    /// <summary>Step size.</summary>
    public double LearningRate { get; init; } = 0.05;

    /// <summary>Momentum of <c>sgd</c>, in [0, 1); it begins at 0 in every round.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>L2 penalty: this times the weights is added to the gradient.</summary>
    public double WeightDecay { get; init; }

    /// <summary>FedProx (Li et al. 2020, eq. 2): this times (weights - base) is added to the gradient.</summary>
    public double ProximalMu { get; init; }

    /// <summary>Added to every gradient, one number for each trained element in layout order (SCAFFOLD, FedDyn); null: none.</summary>
    public ReadOnlyMemory<float>? GradientShift { get; init; }

    /// <summary>The result's loss is that of the base on the training rows (q-FedAvg), not the mean over training.</summary>
    public bool ReportsBaseLoss { get; init; }

    /// <summary>L2 bound on the whole difference, or null.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>Fraction of the rows that is kept for evaluation, in [0, 1).</summary>
    public double Holdout { get; init; } = 0.2;

    /// <summary>Chooses the hold-out: the same in every round of a run.</summary>
    public ulong HoldoutSeed { get; init; }

    /// <summary>Orders the rows of each epoch.</summary>
    public ulong ShuffleSeed { get; init; }

    /// <exception cref="ArgumentException">A value is outside its range; the message names it.</exception>
    internal void Check()
    {
        Require(Epochs >= 1, nameof(Epochs), "at least 1");
        Require(BatchSize >= 1, nameof(BatchSize), "at least 1");
        Require(Optimizer is "sgd" or "adam", nameof(Optimizer), "sgd or adam");
        Require(double.IsFinite(LearningRate) && LearningRate > 0, nameof(LearningRate), "above 0");
        Require(Momentum is >= 0 and < 1, nameof(Momentum), "in [0, 1)");
        Require(double.IsFinite(WeightDecay) && WeightDecay >= 0, nameof(WeightDecay), "0 or more");
        Require(double.IsFinite(ProximalMu) && ProximalMu >= 0, nameof(ProximalMu), "0 or more");
        Require(ClipNorm is null or > 0, nameof(ClipNorm), "above 0");
        Require(Holdout is >= 0 and < 1, nameof(Holdout), "in [0, 1)");
    }

    private static void Require(bool holds, string name, string range)
    {
        if (!holds)
        {
            throw new ArgumentException($"Training option {name} must be {range}.", name);
        }
    }
}
