namespace Octomil.Learning.Strategies;

/// <summary>What an update counts for in the aggregate. With privacy every update weighs the same whatever this says.</summary>
public enum Weighting
{
    None = 0,

    /// <summary>Its sample count, capped by the plan; <c>examples</c> on the wire.</summary>
    Examples = 1,

    /// <summary>One; <c>uniform</c> on the wire.</summary>
    Uniform = 2,
}
