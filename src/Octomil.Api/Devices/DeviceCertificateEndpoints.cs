using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Organizations;

namespace Octomil.Devices;

/// <summary>Which certificates a device may show, where devices need one.</summary>
internal static class DeviceCertificateEndpoints
{
    public static void MapDeviceCertificates(this IEndpointRouteBuilder devices)
    {
        var certificates = devices.MapGroup("/{device}/certificates");
        certificates.MapGet("", GetAsync).RequireScope(Scopes.DevicesRead)
            .WithSummary("The certificates that the device may show, by SHA-256. The first one that it registers with is kept.");

        // As revoking: no device's key may let another machine in.
        certificates.MapPost("", AddAsync).RequireScope(Scopes.AdminWrite)
            .WithSummary($"Adds a certificate, at most {IDeviceCertificateGrain.Most} for a device. Again is the same.");
        certificates.MapDelete("/{fingerprint}", RemoveAsync).RequireScope(Scopes.AdminWrite)
            .WithSummary("Takes a certificate away: from the next request on it is refused, and what the device has open ends. Without any left, the next registration's is kept.");
    }

    private static async Task<Results<Ok<DeviceCertificateList>, Refusal>> GetAsync(string device, Caller caller, IGrainFactory grains) =>
        await grains.GetDeviceCertificates(DeviceNames.Id(caller, device)).GetCertificatesAsync(caller.OrganizationId) is { } fingerprints
            ? TypedResults.Ok(new DeviceCertificateList { Fingerprints = [.. fingerprints] })
            : Refusal.NotFound("device", device);

    private static Task<Results<Ok<DeviceCertificateList>, Refusal>> AddAsync(string device, AddCertificateRequest request, Caller caller, IGrainFactory grains) =>
        ChangeAsync(device, request.Fingerprint, caller, grains, (certificates, fingerprint) => certificates.AddCertificateAsync(caller.OrganizationId, fingerprint));

    private static Task<Results<Ok<DeviceCertificateList>, Refusal>> RemoveAsync(string device, string fingerprint, Caller caller, IGrainFactory grains) =>
        ChangeAsync(device, fingerprint, caller, grains, (certificates, known) => certificates.RemoveCertificateAsync(caller.OrganizationId, known));

    private static async Task<Results<Ok<DeviceCertificateList>, Refusal>> ChangeAsync(
        string device, string given, Caller caller, IGrainFactory grains, Func<IDeviceCertificateGrain, string, Task<DeviceCertificateResult>> change)
    {
        var fingerprint = given.Replace(":", "", StringComparison.Ordinal).ToLowerInvariant();
        if (new FieldChecks().Require(fingerprint.Length == 64 && fingerprint.All(char.IsAsciiHexDigit), "fingerprint", "must be the certificate's SHA-256: 64 hexadecimal digits").Refusal is { } invalid)
        {
            return invalid;
        }

        return await change(grains.GetDeviceCertificates(DeviceNames.Id(caller, device)), fingerprint) switch
        {
            DeviceCertificateResult.Done => await GetAsync(device, caller, grains),
            DeviceCertificateResult.NoDevice => Refusal.NotFound("device", device),
            DeviceCertificateResult.Unknown => Refusal.NotFound("certificate", fingerprint),
            DeviceCertificateResult.TooMany => Refusal.Conflict(
                ErrorCodes.LimitReached, $"The device has {IDeviceCertificateGrain.Most} certificates already. Take one away first."),
            var result => throw new InvalidOperationException($"No HTTP answer for {result}."),
        };
    }
}
