using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Devices;
using Octomil.Experiments;
using Octomil.Organizations;

namespace Octomil.Deployments;

/// <summary>Versions from the devices' side.</summary>
internal static class DeviceVersionEndpoints
{
    public static void MapDeviceVersions(this IEndpointRouteBuilder api)
    {
        var device = api.MapGroup("/devices/{device}").WithTags("Devices");
        device.MapGet("/versions", GetAsync).RequireScope(Scopes.DevicesWrite, Scopes.DevicesRead).OfDeviceProtocol()
            .WithSummary("The versions that the device should run; of a model that is not named it keeps what it has.");
        device.MapPost("/versions", ReportAsync).RequireScope(Scopes.DevicesWrite).OfDeviceProtocol()
            .WithSummary("What the device made of a version: it runs (active), or it does not (failed). Of two reports on a model the later stands.")
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        device.MapPost("/telemetry", CountAsync).RequireScope(Scopes.DevicesWrite).OfDeviceProtocol()
            .WithSummary("What the device counted since its last batch, by version: inferences, errors, crashes, latency, accuracy, loss. Never inputs or outputs.")
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task<Results<Ok<AssignedVersionList>, Refusal>> GetAsync(string device, Caller caller, DeviceNames names, DeviceVersions versions) =>
        (await names.FindAsync(caller, device)).Is(out var found, out var refusal)
            ? TypedResults.Ok(new AssignedVersionList { Versions = await versions.ForAsync(caller.OrganizationId, found.Id, found.Groups) })
            : refusal;

    private static async Task<Results<Ok<VersionReportReceipt>, Refusal>> ReportAsync(
        string device, VersionReportMessage report, Caller caller, DeviceVersions versions, CancellationToken cancellationToken) =>
        await versions.ReportAsync(caller, DeviceNames.Id(caller, device), report, cancellationToken) is { } refusal
            ? refusal
            : TypedResults.Ok(new VersionReportReceipt { Status = "stored" });

    private static async Task<Results<Ok<TelemetryReceipt>, Refusal>> CountAsync(
        string device, TelemetryRequest request, Caller caller, DeviceNames names, DeviceVersions versions, CountedTelemetry telemetry)
    {
        if (TelemetryChecks.Check(request).Refusal is { } invalid)
        {
            return invalid;
        }

        if (!(await names.FindActiveAsync(caller, device)).Is(out var found, out var refusal))
        {
            return refusal;
        }

        // A version may have been deleted since the device counted; that takes nothing from the others.
        var known = new List<VersionTelemetryMessage>();
        var refused = new List<Refusal>();

        foreach (var report in request.Reports)
        {
            if (await versions.CheckAsync(caller, report.ModelId, report.Version) is { } unknown)
            {
                refused.Add(unknown);
            }
            else
            {
                known.Add(report);
            }
        }

        if (known.Count == 0)
        {
            return refused[0];
        }

        var reporting = new ReportingDevice(caller.OrganizationId, found.Id, found.Groups);
        return TypedResults.Ok(new TelemetryReceipt
        {
            Accepted = await telemetry.AddAsync(reporting, request with { Reports = known }),
            Refused = [.. refused.Select(one => one.Detail)],
        });
    }
}
