using System.Collections.Immutable;
using Octomil.Organizations;

namespace Octomil.Devices;

/// <summary>A device's row: what it is. Where it is (connected, last seen) is memory.</summary>
[GenerateSerializer, Immutable, Alias("octomil.device-state")]
internal sealed record DeviceState
{
    [Id(0)] public string OrganizationId { get; init; } = "";
    [Id(1)] public DeviceDescription? Description { get; init; }
    [Id(2)] public DateTimeOffset RegisteredAt { get; init; }
    [Id(3)] public ImmutableSortedSet<string> Groups { get; init; } = [];

    /// <summary>When its organization took its right to take part, for ever.</summary>
    [Id(20)] public DateTimeOffset? RevokedAt { get; init; }

    [Id(30)] public TokenFamily? Token { get; init; }

    /// <summary>SHA-256 of the certificates that it may show; none: any in its name.</summary>
    [Id(31)] public ImmutableSortedSet<string> Certificates { get; init; } = [];

    public bool IsOf(string organizationId) => Description is not null && OrganizationId == organizationId;

    /// <summary>Null where the id belongs to another device.</summary>
    public DeviceState? Register(string organizationId, DeviceDescription description, DateTimeOffset now)
    {
        if (Description is null)
        {
            return this with { OrganizationId = organizationId, Description = description, RegisteredAt = now };
        }

        if (OrganizationId != organizationId || Description.Identifier != description.Identifier)
        {
            return null;
        }

        return SameAs(description) ? this : this with { Description = description };
    }

    /// <summary>The state after a refresh; a token that is used twice ends.</summary>
    public (DeviceState Next, RefreshedFamily Answer) RefreshToken(TokenRefresh refresh, TimeSpan life, DateTimeOffset now)
    {
        if (Token is null || Token.Id != refresh.FamilyId)
        {
            return (this, new RefreshedFamily());
        }

        var next = Token.Refresh(refresh.Generation, life, now, refresh.AttemptHash);
        return next is null
            ? (this with { Token = null }, new RefreshedFamily { WasReused = Token.IsValidAt(now) })
            : (ReferenceEquals(next, Token) ? this : this with { Token = next }, new RefreshedFamily { Family = next });
    }

    public DeviceState WithGroup(string group) => Groups.Contains(group) ? this : this with { Groups = Groups.Add(group) };

    public DeviceState WithoutGroup(string group) => Groups.Contains(group) ? this with { Groups = Groups.Remove(group) } : this;

    public (DeviceState Next, DeviceCertificateResult Result) WithCertificate(string fingerprint) =>
        Certificates.Contains(fingerprint) ? (this, DeviceCertificateResult.Done)
        : Certificates.Count >= IDeviceCertificateGrain.Most ? (this, DeviceCertificateResult.TooMany)
        : (this with { Certificates = Certificates.Add(fingerprint) }, DeviceCertificateResult.Done);

    public (DeviceState Next, DeviceCertificateResult Result) WithoutCertificate(string fingerprint) => Certificates.Contains(fingerprint)
        ? (this with { Certificates = Certificates.Remove(fingerprint) }, DeviceCertificateResult.Done)
        : (this, DeviceCertificateResult.Unknown);

    public DeviceState Revoke(DateTimeOffset now) => RevokedAt is null ? this with { RevokedAt = now } : this;

    private bool SameAs(DeviceDescription other) =>
        Description! with { Facts = other.Facts } == other && Description.Facts.SequenceEqual(other.Facts);
}
