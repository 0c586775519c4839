namespace Octomil.Client;

/// <summary>No run selected this device in time. The message says what was waited for and what is known about it.</summary>
public sealed class NoRunException : TimeoutException
{
    public NoRunException()
        : this("No training run selected this device in time.")
    {
    }

    public NoRunException(string message)
        : base(message)
    {
    }

    public NoRunException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
