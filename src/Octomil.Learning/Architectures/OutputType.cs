namespace Octomil.Learning.Architectures;

/// <summary>What the model predicts; decides loss and metric.</summary>
public enum OutputType
{
    None = 0,

    /// <summary>One logit; the second class is the positive one.</summary>
    Binary = 1,

    /// <summary>One logit per class.</summary>
    Multiclass = 2,

    /// <summary>One number.</summary>
    Regression = 3,
}
