namespace Octomil.Client.Training;

/// <summary>Local training left the range of numbers: usually the learning rate is too high, or the inputs are not scaled.</summary>
public sealed class TrainingDivergedException : Exception
{
    /// <summary>Creates the exception.</summary>
    public TrainingDivergedException()
        : base("Training diverged: the loss is not a finite number. Use a lower learning rate, or scale the inputs (a statistics round does).")
    {
    }

    /// <summary>Creates the exception.</summary>
    public TrainingDivergedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    public TrainingDivergedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
