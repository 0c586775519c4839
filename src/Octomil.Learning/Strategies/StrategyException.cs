namespace Octomil.Learning.Strategies;

/// <summary>A strategy, parameter or value that is not known; the message lists what is.</summary>
public sealed class StrategyException : Exception
{
    public StrategyException(string message)
        : base(message)
    {
    }

    public StrategyException()
        : this("The aggregation strategy is not known.")
    {
    }

    public StrategyException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
