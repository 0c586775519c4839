namespace Octomil.Storage;

/// <summary>Storage cannot take or give bytes now: disk full, read-only, locked for too long. Nothing was acknowledged.</summary>
[GenerateSerializer, Alias("octomil.storage-unavailable")]
public sealed class StorageUnavailableException : IOException
{
    public StorageUnavailableException()
    {
    }

    public StorageUnavailableException(string message) : base(message)
    {
    }

    public StorageUnavailableException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>A reference to a payload that is not there.</summary>
[GenerateSerializer, Alias("octomil.payload-missing")]
public sealed class PayloadMissingException : IOException
{
    public PayloadMissingException()
    {
    }

    public PayloadMissingException(string message) : base(message)
    {
    }

    public PayloadMissingException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>A payload that is not what was stored, or that the given key does not open. Names the reference, never content.</summary>
[GenerateSerializer, Alias("octomil.payload-damaged")]
public sealed class PayloadDamagedException : IOException
{
    public PayloadDamagedException()
    {
    }

    public PayloadDamagedException(string message) : base(message)
    {
    }

    public PayloadDamagedException(string message, Exception innerException) : base(message, innerException)
    {
    }
}

/// <summary>A wrapped round key that does not open.</summary>
[GenerateSerializer, Alias("octomil.round-key")]
public sealed class RoundKeyException : Exception
{
    public RoundKeyException()
    {
    }

    public RoundKeyException(string message) : base(message)
    {
    }

    public RoundKeyException(string message, Exception innerException) : base(message, innerException)
    {
    }
}
