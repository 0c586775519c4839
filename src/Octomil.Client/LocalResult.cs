namespace Octomil.Client;

/// <summary>What local training gave. Losses are means over examples; accuracies are fractions in [0, 1].</summary>
public sealed record LocalResult
{
    /// <summary>New weights minus base weights: every trained element, in the order of the base's layout.</summary>
    public required ReadOnlyMemory<float> Difference { get; init; }

    /// <summary>What the device's control changed by (<c>scaffold</c>); the SDK computes it.</summary>
    internal ReadOnlyMemory<float> ControlDifference { get; init; }

    /// <summary>Training examples behind the difference.</summary>
    public required long SampleCount { get; init; }

    /// <summary>Optimizer steps taken.</summary>
    public required long Steps { get; init; }

    /// <summary>Mean training loss, or the loss of the base where <see cref="LocalTask.ReportsBaseLoss"/>.</summary>
    public double? Loss { get; init; }

    /// <summary>Hold-out examples behind <see cref="EvalLoss"/> and <see cref="EvalAccuracy"/>; 0: not evaluated.</summary>
    public long EvalCount { get; init; }

    /// <summary>Loss of the base weights on the hold-out.</summary>
    public double? EvalLoss { get; init; }

    /// <summary>Accuracy of the base weights on the hold-out.</summary>
    public double? EvalAccuracy { get; init; }

    /// <summary>Further numbers by name, such as <c>auc</c>.</summary>
    public IReadOnlyDictionary<string, double>? Metrics { get; init; }
}
