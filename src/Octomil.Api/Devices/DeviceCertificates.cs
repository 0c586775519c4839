using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Options;
using Octomil.Organizations;

namespace Octomil.Devices;

/// <summary>Section <c>Octomil:Devices:Certificates</c>: mutual TLS for devices, where the server itself ends TLS.</summary>
internal sealed class DeviceCertificateOptions
{
    public const string Section = "Octomil:Devices:Certificates";

    /// <summary>PEM file of the authorities that sign devices' certificates; without one no certificate is asked for.</summary>
    public string? Authorities { get; set; }

    /// <summary>Devices without a certificate are refused.</summary>
    public bool Required { get; set; }
}

/// <summary>
/// Binds a request to the device that its client certificate names: the subject's common name is the device's identifier. The key still
/// says whose device it is. A device that has certificates of its own (the one that it registered with first, or that were added) is
/// taken for it with none but these, whoever else has one in its name.
/// </summary>
internal sealed class DeviceCertificates(IOptions<DeviceCertificateOptions> options, IGrainFactory grains, IAuditLog audit, TimeProvider clock)
    : IConfigureOptions<KestrelServerOptions>
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private X509Certificate2Collection? _authorities;

    public async ValueTask<Caller> BindToDeviceAsync(HttpContext context, Caller caller)
    {
        if (caller.KeyId is null || CertificateOf(context) is not { } certificate)
        {
            return caller;
        }

        var identifier = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        var deviceId = GrainKeys.DeviceId(caller.OrganizationId, identifier);

        // A token of one device on the connection of another is nobody's.
        return (caller.DeviceId ?? deviceId) == deviceId && await IsOwnAsync(caller.OrganizationId, deviceId, certificate)
            ? caller.ForDevice(deviceId)
            : caller with { HasWrongCertificate = true };
    }

    /// <summary>The certificate of a device's first registration is its own from then on.</summary>
    public async Task PinFirstAsync(HttpContext context, Caller caller, string deviceId)
    {
        if (CertificateOf(context) is { } certificate
            && await grains.GetDeviceCertificates(deviceId).PinFirstCertificateAsync(caller.OrganizationId, Fingerprint(certificate)))
        {
            await audit.AppendAsync(AuditEntries.From(context, caller.OrganizationId, caller.Actor, "device.certificate.pin", deviceId, clock.GetUtcNow()), CancellationToken.None);
        }
    }

    public bool AllowsWithout(HttpContext context) =>
        !options.Value.Required || options.Value.Authorities is null || context.Connection.ClientCertificate is not null;

    public void Configure(KestrelServerOptions kestrel)
    {
        if (options.Value.Authorities is not { } file)
        {
            return;
        }

        _authorities = [];
        try
        {
            _authorities.ImportFromPemFile(file);
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new OptionsValidationException(
                DeviceCertificateOptions.Section, typeof(DeviceCertificateOptions), [$"{DeviceCertificateOptions.Section}:Authorities: {file} cannot be read as PEM: {exception.Message}"]);
        }

        kestrel.ConfigureHttpsDefaults(https =>
        {
            https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            https.ClientCertificateValidation = (certificate, _, _) => IsTrusted(certificate);
        });
    }

    // A device that is not registered yet has none, and may register with any in its name.
    private async Task<bool> IsOwnAsync(string organizationId, string deviceId, X509Certificate2 certificate) =>
        await grains.GetDeviceCertificates(deviceId).GetCertificatesAsync(organizationId) is not { IsEmpty: false } known || known.Contains(Fingerprint(certificate));

    private static string Fingerprint(X509Certificate2 certificate) => Convert.ToHexStringLower(certificate.GetCertHash(HashAlgorithmName.SHA256));

    private X509Certificate2? CertificateOf(HttpContext context) => options.Value.Authorities is null ? null : context.Connection.ClientCertificate;

    private bool IsTrusted(X509Certificate2 certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities!);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        return chain.Build(certificate);
    }
}
