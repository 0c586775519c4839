namespace Octomil.Storage.Payloads;

/// <summary>Start and health of a payload store.</summary>
internal interface IPayloadLifecycle
{
    /// <summary>Makes it usable.</summary>
    /// <exception cref="StorageUnavailableException">It cannot be used as it is set up; the message says what to do.</exception>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Ends well where it can be used now.</summary>
    /// <exception cref="StorageUnavailableException">It cannot.</exception>
    Task ProbeAsync(CancellationToken cancellationToken);
}
