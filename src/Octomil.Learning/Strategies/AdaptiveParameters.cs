namespace Octomil.Learning.Strategies;

/// <summary>The parameters that the three adaptive strategies share.</summary>
internal static class AdaptiveParameters
{
    public static IReadOnlyList<StrategyParameter> Create(double learningRate, double beta1) =>
    [
        StrategyParameter.Positive("server_lr", learningRate),
        StrategyParameter.Fraction("beta1", beta1),
        StrategyParameter.Fraction("beta2", 0.99),
        StrategyParameter.Positive("tau", 1e-3),
    ];

    public static AdaptiveConstants Read(StrategyArguments arguments) =>
        new(arguments.Number("server_lr"), arguments.Number("beta1"), arguments.Number("beta2"), arguments.Number("tau"));
}
