namespace Octomil.Learning.Architectures;

/// <summary>What follows every layer but the last.</summary>
public enum Activation
{
    None = 0,

    /// <summary>max(0, x).</summary>
    Relu = 1,
}
