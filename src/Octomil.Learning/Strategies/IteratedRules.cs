using Octomil.Learning.Aggregation;

namespace Octomil.Learning.Strategies;

/// <summary>
/// The geometric median by smoothed Weiszfeld steps: from the weighted mean v on, v = sum b delta / sum b with b_i = p_i / max(nu, ||delta_i - v||)
/// (Pillutla, Kakade and Harchaoui 2022, "Robust Aggregation for Federated Learning", algorithm 2). Holds while the bad weigh less than half.
/// </summary>
/// <param name="iterations">From 1.</param>
/// <param name="nu">Above 0.</param>
public sealed class GeometricMedianRule(int iterations, double nu) : IUpdateRule
{
    public int MinUpdates => 1;

    public IUpdatePass Begin(IReadOnlyList<double> weights)
    {
        UpdateRules.Check("rfa", MinUpdates, weights);
        return new WeiszfeldPass(weights, weights, iterations, nu);
    }
}

/// <summary>One weighted mean, and in the same pass how far every update is from it.</summary>
internal sealed class WeiszfeldPass(IReadOnlyList<double> weights, IReadOnlyList<double> shares, int iterations, double nu) : IUpdatePass
{
    private readonly double _sum = shares.Sum();

    public IReadOnlyList<int>? Chosen => null;

    public int Scalars => weights.Count;

    public void Visit(UpdateBlock block, Span<double> vector, Span<double> scalars)
    {
        vector.Clear();
        for (var row = 0; row < block.Rows; row++)
        {
            block.AddRow(row, shares[row] / _sum, vector);
        }

        block.Measure(vector, scalars);
    }

    public IUpdatePass? Next(ReadOnlySpan<double> scalars)
    {
        if (iterations == 0)
        {
            return null;
        }

        var next = new double[weights.Count];
        for (var i = 0; i < next.Length; i++)
        {
            next[i] = weights[i] / Math.Max(nu, Math.Sqrt(scalars[i]));
        }

        return new WeiszfeldPass(weights, next, iterations - 1, nu);
    }
}

/// <summary>
/// Centered clipping in several steps (<see cref="CenteredClipRule"/>; Karimireddy, He and Jaggi 2021, algorithm 1): each pass clips around what
/// the one before found, the first around the last round's aggregate.
/// </summary>
/// <param name="tau">Above 0.</param>
/// <param name="iterations">From 1; one step needs only sums.</param>
public sealed class IteratedCenteredClipRule(double tau, int iterations) : IUpdateRule
{
    public int MinUpdates => 1;

    public IUpdatePass Begin(IReadOnlyList<double> weights)
    {
        UpdateRules.Check("centeredclip", MinUpdates, weights);
        return new CenteredClipPass(new double[weights.Count], tau, iterations);
    }
}

/// <summary>v += mean((delta - v) c), and in the same pass how far every update is from the new v. With c = 0 it only measures.</summary>
internal sealed class CenteredClipPass(double[] shares, double tau, int iterations) : IUpdatePass
{
    public IReadOnlyList<int>? Chosen => null;

    public int Scalars => shares.Length;

    public void Visit(UpdateBlock block, Span<double> vector, Span<double> scalars)
    {
        var keep = 1 - shares.Average();
        for (var i = 0; i < vector.Length; i++)
        {
            vector[i] *= keep;
        }

        for (var row = 0; row < block.Rows; row++)
        {
            block.AddRow(row, shares[row] / shares.Length, vector);
        }

        block.Measure(vector, scalars);
    }

    public IUpdatePass? Next(ReadOnlySpan<double> scalars)
    {
        if (iterations == 0)
        {
            return null;
        }

        var next = new double[shares.Length];
        for (var i = 0; i < next.Length; i++)
        {
            next[i] = CenteredClipRule.Share(scalars[i], tau);
        }

        return new CenteredClipPass(next, tau, iterations - 1);
    }
}
