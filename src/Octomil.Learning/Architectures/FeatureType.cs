namespace Octomil.Learning.Architectures;

/// <summary>How the cells of a feature become columns.</summary>
public enum FeatureType
{
    None = 0,

    /// <summary>One column.</summary>
    Number = 1,

    /// <summary>One column per category: 1 where equal, else 0.</summary>
    Category = 2,
}
