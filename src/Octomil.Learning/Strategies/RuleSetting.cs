namespace Octomil.Learning.Strategies;

/// <summary>What a rule takes from its run and its round beside its own parameters.</summary>
public sealed record RuleSetting
{
    /// <summary>Step size of the devices, above 0.</summary>
    public double LearningRate { get; init; } = 0.05;

    /// <summary>Momentum of the devices' optimizer, from 0 to below 1; 0 where it has none.</summary>
    public double Momentum { get; init; }

    /// <summary>Every update weighs the same, whatever the strategy says: so it is in a private round.</summary>
    public bool UniformWeights { get; init; }

    /// <summary>The length that rules bound updates to where their parameters name none: the median of earlier rounds. Null before the first.</summary>
    public double? Bound { get; init; }
}

/// <summary>What a server optimizer takes from the round that is sealed.</summary>
public sealed record RoundFacts
{
    /// <summary>The round's updates over all devices of the run, above 0 and at most 1.</summary>
    public double Participation { get; init; } = 1;

    /// <summary>What the rule made of the sums.</summary>
    public SumScale Scale { get; init; } = new(1);
}

/// <summary>Which length of an update a strategy learns its bound from.</summary>
public enum MeasuredLength
{
    None = 0,

    /// <summary>||delta||.</summary>
    Norm = 1,

    /// <summary>||delta - reference||.</summary>
    Distance = 2,
}
