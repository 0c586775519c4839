using Microsoft.AspNetCore.Http;

namespace Octomil.Training;

/// <summary>Statuses of a run as the service sends them.</summary>
internal static class Runs
{
    public const string SessionId = "run_0123456789abcdef";

    public static TrainingStatusResponse Status(string status = "IN_PROGRESS", int round = 23, int rounds = 50, double? accuracy = 0.8741) => new()
    {
        SessionId = SessionId,
        ModelId = "mdl_1a2b3c4d",
        Model = "radiology-v1",
        Status = status,
        Strategy = "fedavg",
        FederationId = "fed_a1b2c3d4",
        CurrentRound = round,
        TotalRounds = rounds,
        ActiveDevices = 20,
        Loss = 0.2314,
        Accuracy = accuracy,
        Trend = accuracy is null ? null : "improving",
        Contributions =
        [
            new ContributionResponse { OrgId = "org_7f8a9b0c", OrgName = "Acme Health", Devices = 12, Selected = 12, Updates = 12 },
            new ContributionResponse { OrgId = "org_abc123", OrgName = "Metro General", Devices = 8, Selected = 8, Updates = 6 },
        ],
    };

    public static TrainingStatusResponse Completed() => Status("COMPLETED", round: 50) with { NewVersion = "2.0.0", Organizations = 2 };

    /// <summary>An event stream of these statuses, then its end.</summary>
    public static RequestDelegate Events(params TrainingStatusResponse[] statuses) => async context =>
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(": hello\n\n");
        foreach (var status in statuses)
        {
            await WriteEventAsync(context, status);
        }
    };

    public static async Task WriteEventAsync(HttpContext context, TrainingStatusResponse status)
    {
        await context.Response.WriteAsync($"data: {System.Text.Json.JsonSerializer.Serialize(status, ContractJson.Options)}\n\n");
        await context.Response.Body.FlushAsync();
    }
}
