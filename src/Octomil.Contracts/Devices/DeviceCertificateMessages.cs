namespace Octomil.Devices;

/// <summary>POST /devices/{device}/certificates: another certificate that the device may show, such as the next one before it is exchanged.</summary>
public sealed record AddCertificateRequest
{
    /// <summary>SHA-256 of the certificate's DER form: 64 hexadecimal digits, with colons between them or not.</summary>
    public required string Fingerprint { get; init; }
}

/// <summary>The certificates that a device may show; none: any that an authority signed in its name, of which the next registration's stays.</summary>
public sealed record DeviceCertificateList
{
    /// <summary>SHA-256, in lower-case hex.</summary>
    public required IReadOnlyList<string> Fingerprints { get; init; }
}
