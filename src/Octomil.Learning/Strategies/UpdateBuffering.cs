namespace Octomil.Learning.Strategies;

/// <summary>
/// Buffered asynchronous aggregation (Nguyen et al. 2022, "Federated Learning with Buffered Asynchronous Aggregation", Algorithm 1):
/// the weights change whenever the buffer is full, also with updates that were trained from earlier weights.
/// </summary>
/// <param name="Size">Updates that fill the buffer (K in the paper), from 1.</param>
/// <param name="MaxStaleness">How many changes of the weights an update may be behind; older ones are refused. From 0.</param>
public sealed record UpdateBuffering(int Size, int MaxStaleness)
{
    /// <summary>What an update is multiplied with: (1 + s)^(-1/2) (section 5 of the paper).</summary>
    /// <param name="staleness">s: how many times the weights have changed since those that it was trained from; from 0.</param>
    public static double WeightOf(int staleness)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(staleness);
        return 1 / Math.Sqrt(1 + staleness);
    }
}
