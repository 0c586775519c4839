using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Octomil.Deployments;
using Octomil.Devices;
using Octomil.Training;

namespace Octomil.Client.Tests.Fakes;

internal static class FakeEndpoints
{
    public static void Map(WebApplication app, FakeService service)
    {
        var tries = new ConcurrentDictionary<string, int>();
        app.Use(async (context, next) =>
        {
            if (!service.Accepts(context.Request))
            {
                await Problem(401, ErrorCodes.Unauthorized, "The API key is not accepted.").ExecuteAsync(context);
                return;
            }

            if (context.Request.Path.StartsWithSegments("/api/v1"))
            {
                context.Request.EnableBuffering();
                var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                var what = $"{context.Request.Method} {context.Request.Path}";
                service.Calls.Add(new RecordedCall(what, body.ToArray(), context.Request.Headers.Range));
                context.Items["try"] = tries.AddOrUpdate(what, 1, (_, count) => count + 1);
            }

            await next(context);
        });
        var api = app.MapGroup("/api/v1");
        api.MapPost("/devices/register", (Delegate)((HttpContext context) => RegisterAsync(context, service)));
        api.MapPost("/auth/device/refresh", (Delegate)((HttpContext context) => RefreshAsync(context, service)));
        api.MapPost("/devices/{id}/heartbeat", () => new HeartbeatResponse { Status = "active", ServerTime = service.Clock.GetUtcNow() + service.ClockOffset });
        api.MapGet("/models/{model}/versions/{version}/download", (Delegate)((HttpContext context) => service.OnVersion(context, (int)context.Items["try"]!)));
        api.MapPost("/devices/{id}/versions", () => new VersionReportReceipt { Status = "stored" });
        api.MapPost("/devices/{id}/telemetry", () => service.OnTelemetry() ?? Results.Ok(new TelemetryReceipt { Accepted = 1 }));
        api.MapGet("/training/rounds", () => service.OnPoll() ?? Results.Ok(new AssignmentList { Rounds = [.. service.Listed] }));
        api.MapGet("/training/{model}/status", () => service.OnStatus() ?? (service.Status is { } status
            ? Results.Ok(status)
            : Problem(404, ErrorCodes.NoRun, "There is no run over this model.")));
        api.MapGet("/training/rounds/{id}/base", (Delegate)((HttpContext context) => DownloadAsync(context, service)));
        api.MapPut("/training/rounds/{id}/updates/{device}", (HttpContext context, string id) => ReceiveAsync(context, id, service));
        api.MapPut("/training/rounds/{id}/statistics/{device}", (HttpContext context, string id) => ReceiveAsync(context, id, service));
        api.MapPut("/training/rounds/{id}/evaluation/{device}", (HttpContext context, string id) => ReceiveAsync(context, id, service));
    }

    public static IResult Problem(int status, string code, string detail) =>
        Results.Problem(detail, statusCode: status, extensions: new Dictionary<string, object?> { ["code"] = code });

    private static async Task<IResult> RegisterAsync(HttpContext context, FakeService service)
    {
        context.Request.Body.Position = 0;
        var request = await context.Request.ReadFromJsonAsync<RegisterDeviceRequest>(ContractJson.Options);
        return Results.Ok(new DeviceResponse
        {
            Id = "dev_0000000000000001",
            DeviceIdentifier = request!.DeviceIdentifier,
            OrgId = "org_7f8a9b0c",
            Status = "active",
            RegisteredAt = service.Clock.GetUtcNow(),
        });
    }

    private static async Task<IResult> RefreshAsync(HttpContext context, FakeService service)
    {
        context.Request.Body.Position = 0;
        return context.Request.Headers.Authorization.Count == 0
            ? service.OnRefresh((await context.Request.ReadFromJsonAsync<DeviceRefreshRequest>(ContractJson.Options))!)
            : Problem(400, ErrorCodes.InvalidRequest, "A renewal carries no key.");
    }

    private static async Task<IResult> DownloadAsync(HttpContext context, FakeService service)
    {
        if (await service.OnDownload(context, (int)context.Items["try"]!))
        {
            return Results.Empty;
        }

        return Results.File(
            service.Base.File, "application/octet-stream", entityTag: new EntityTagHeaderValue($"\"{service.Base.Sha256}\""), enableRangeProcessing: true);
    }

    private static async Task<IResult> ReceiveAsync(HttpContext context, string roundId, FakeService service)
    {
        if (await service.OnUpdate(context, (int)context.Items["try"]!) is { } answer)
        {
            return answer;
        }

        service.Listed.RemoveAll(round => round.RoundId == roundId);
        return Results.Ok(new UpdateReceipt { UpdateId = $"upd_{roundId}", Status = "accepted", RoundId = roundId });
    }
}
