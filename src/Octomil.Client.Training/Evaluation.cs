namespace Octomil.Client.Training;

/// <summary>How well a model does on rows.</summary>
public sealed record Evaluation
{
    /// <summary>Rows; 0: nothing was evaluated and all else is absent.</summary>
    public int Count { get; init; }

    /// <summary>Mean loss: binary cross-entropy, cross-entropy (both in nats) or squared error.</summary>
    public double? Loss { get; init; }

    /// <summary>Fraction of rows whose class is right; absent for a regression.</summary>
    public double? Accuracy { get; init; }

    /// <summary>Area under the ROC curve; only for a binary output, and where both classes occur.</summary>
    public double? Auc { get; init; }

    /// <summary>1 - (sum of squared errors) / (sum of squared differences from the mean); only for a regression whose targets differ.</summary>
    public double? R2 { get; init; }

    /// <summary>Measures logits against targets.</summary>
    /// <param name="logits">[rows, <paramref name="outputDim"/>], row-major.</param>
    /// <param name="outputDim">1, or the number of classes.</param>
    /// <param name="targets">One a row: 0 or 1, the index of a class, or a number.</param>
    /// <param name="isRegression">Whether the only output is a number and no logit.</param>
    public static Evaluation Of(ReadOnlySpan<float> logits, int outputDim, ReadOnlySpan<float> targets, bool isRegression)
    {
        if (logits.Length != (long)targets.Length * outputDim)
        {
            throw new ArgumentException($"{logits.Length} logits do not fit {targets.Length} rows of {outputDim}.", nameof(logits));
        }

        return targets.IsEmpty ? new Evaluation()
            : isRegression ? OfNumbers(logits, targets)
            : outputDim == 1 ? OfBinary(logits, targets)
            : OfClasses(logits, outputDim, targets);
    }

    /// <summary>
    /// The probability that a positive row scores higher than a negative one, ties counting half: the rank statistic of Mann and Whitney.
    /// </summary>
    /// <param name="scores">Higher means more likely positive.</param>
    /// <param name="targets">Positive where above 0.5.</param>
    /// <returns>Null where one of the two classes does not occur.</returns>
    public static double? AreaUnderCurve(ReadOnlySpan<float> scores, ReadOnlySpan<float> targets)
    {
        var (sorted, isPositive) = (scores.ToArray(), targets.ToArray());
        Array.Sort(sorted, isPositive);
        var (ranks, positives) = (0.0, 0L);
        for (int start = 0, end; start < sorted.Length; start = end)
        {
            var tied = 0;
            for (end = start; end < sorted.Length && sorted[end] == sorted[start]; end++)
            {
                tied += isPositive[end] > 0.5f ? 1 : 0;
            }

            // Ranks start + 1 .. end, of which tied rows take the mean.
            ranks += tied * (start + 1 + end) / 2.0;
            positives += tied;
        }

        var negatives = sorted.Length - positives;
        return positives == 0 || negatives == 0 ? null : (ranks - (positives * (positives + 1) / 2.0)) / positives / negatives;
    }

    private static Evaluation OfBinary(ReadOnlySpan<float> logits, ReadOnlySpan<float> targets)
    {
        var (loss, right) = (0.0, 0);
        for (var i = 0; i < targets.Length; i++)
        {
            double z = logits[i];
            loss += Math.Max(z, 0) - (z * targets[i]) + Math.Log(1 + Math.Exp(-Math.Abs(z)));
            right += z > 0 == targets[i] > 0.5f ? 1 : 0;
        }

        return new Evaluation
        {
            Count = targets.Length,
            Loss = loss / targets.Length,
            Accuracy = (double)right / targets.Length,
            Auc = AreaUnderCurve(logits, targets),
        };
    }

    private static Evaluation OfClasses(ReadOnlySpan<float> logits, int outputDim, ReadOnlySpan<float> targets)
    {
        var (loss, right) = (0.0, 0);
        for (var i = 0; i < targets.Length; i++)
        {
            var row = logits.Slice(i * outputDim, outputDim);
            var best = 0;
            for (var c = 1; c < outputDim; c++)
            {
                best = row[c] > row[best] ? c : best;
            }

            var sum = 0.0;
            foreach (double z in row)
            {
                sum += Math.Exp(z - row[best]);
            }

            loss += Math.Log(sum) + row[best] - row[(int)targets[i]];
            right += best == (int)targets[i] ? 1 : 0;
        }

        return new Evaluation { Count = targets.Length, Loss = loss / targets.Length, Accuracy = (double)right / targets.Length };
    }

    private static Evaluation OfNumbers(ReadOnlySpan<float> predicted, ReadOnlySpan<float> targets)
    {
        var (mean, errors, spread) = (0.0, 0.0, 0.0);
        foreach (double target in targets)
        {
            mean += target / targets.Length;
        }

        for (var i = 0; i < targets.Length; i++)
        {
            errors += Math.Pow((double)predicted[i] - targets[i], 2);
            spread += Math.Pow(targets[i] - mean, 2);
        }

        return new Evaluation { Count = targets.Length, Loss = errors / targets.Length, R2 = spread > 0 ? 1 - (errors / spread) : null };
    }
}
