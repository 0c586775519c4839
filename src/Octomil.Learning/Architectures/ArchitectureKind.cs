namespace Octomil.Learning.Architectures;

/// <summary>The families of the catalog.</summary>
public enum ArchitectureKind
{
    None = 0,

    /// <summary>One dense layer.</summary>
    Linear = 1,

    /// <summary>Dense layers with an activation between.</summary>
    Mlp = 2,

    /// <summary>3x3 convolutions with max-pooling, then dense layers.</summary>
    Cnn = 3,
}
