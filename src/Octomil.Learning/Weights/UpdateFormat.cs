namespace Octomil.Learning.Weights;

/// <summary>What the values of an update are.</summary>
public enum UpdateFormat
{
    None = 0,

    /// <summary>Local weights minus the base of the round; <c>delta</c> on the wire.</summary>
    Difference = 1,

    /// <summary>The local weights themselves; <c>weights</c> on the wire.</summary>
    Weights = 2,
}
