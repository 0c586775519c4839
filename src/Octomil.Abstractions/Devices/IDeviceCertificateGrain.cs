using System.Collections.Immutable;
using Orleans.Concurrency;

namespace Octomil.Devices;

/// <summary>The certificates that a device may show (key: the device's id), by the SHA-256 of each; while there is none, any in its name.</summary>
[Alias("octomil.device-certificate")]
public interface IDeviceCertificateGrain : IGrainWithStringKey
{
    /// <summary>As many as a device has in mid-rotation, and one to spare.</summary>
    const int Most = 4;

    /// <summary>Null: there is no such device of the caller.</summary>
    [Alias("certificates"), AlwaysInterleave]
    Task<ImmutableSortedSet<string>?> GetCertificatesAsync(string callerId);

    /// <summary>Adding one again is the same.</summary>
    [Alias("add-certificate")]
    Task<DeviceCertificateResult> AddCertificateAsync(string callerId, string fingerprint);

    [Alias("remove-certificate")]
    Task<DeviceCertificateResult> RemoveCertificateAsync(string callerId, string fingerprint);

    /// <summary>The certificate of the device's first registration becomes its only one. False: it has some already.</summary>
    [Alias("pin-certificate")]
    Task<bool> PinFirstCertificateAsync(string callerId, string fingerprint);
}

/// <summary>What a change of a device's certificates came to.</summary>
public enum DeviceCertificateResult
{
    None = 0,
    Done = 1,

    /// <summary>Not registered for the caller.</summary>
    NoDevice = 2,
    TooMany = 3,

    /// <summary>The device has no such certificate.</summary>
    Unknown = 4,
}
