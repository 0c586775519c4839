namespace Octomil.Learning.Strategies;

/// <summary>A strategy by its name on the wire: its parameters, and how they become a strategy.</summary>
internal interface IStrategyPolicy
{
    string Name { get; }

    IReadOnlyList<StrategyParameter> Parameters { get; }

    AggregationStrategy Create(StrategyArguments arguments);
}
