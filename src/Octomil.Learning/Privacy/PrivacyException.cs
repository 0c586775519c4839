namespace Octomil.Learning.Privacy;

/// <summary>Terms of privacy that cannot be kept; the message says why and what can be had instead.</summary>
public sealed class PrivacyException : Exception
{
    public PrivacyException(string message)
        : base(message)
    {
    }

    public PrivacyException()
        : this("These terms of privacy cannot be kept.")
    {
    }

    public PrivacyException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
