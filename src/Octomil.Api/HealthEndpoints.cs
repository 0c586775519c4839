using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Storage;

namespace Octomil;

/// <summary>Whether the process is up, and whether it can serve.</summary>
internal static class HealthEndpoints
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    public static void MapHealth(this IEndpointRouteBuilder endpoints)
    {
        var health = endpoints.MapGroup("/health").WithTags("Health").AllowAnonymous();
        health.MapGet("/live", () => TypedResults.Ok(new Health { Status = "live" }))
            .WithSummary("The process is up.");
        health.MapGet("/ready", GetReadyAsync)
            .WithSummary("Storage takes writes and the silo is part of its cluster; 503 with the reasons where not.");
    }

    private static async Task<JsonHttpResult<Health>> GetReadyAsync(
        IStorageProbe storage, ILocalSiloDetails silo, IClusterMembershipService cluster, TimeProvider clock, CancellationToken cancellationToken)
    {
        var reasons = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (await StorageAsync(storage, clock, cancellationToken) is { Ok: false } broken)
        {
            reasons["storage"] = broken.Reason ?? "does not take writes";
        }

        var status = cluster.CurrentSnapshot.GetSiloStatus(silo.SiloAddress);
        if (status is not SiloStatus.Active)
        {
            reasons["silo"] = $"is {status}";
        }

        return TypedResults.Json(
            new Health { Status = reasons.Count == 0 ? "ready" : "not_ready", Reasons = reasons.Count == 0 ? null : reasons },
            statusCode: reasons.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<StorageHealth> StorageAsync(IStorageProbe storage, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            return await storage.CheckAsync(cancellationToken).WaitAsync(_patience, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            return new StorageHealth(false, $"did not answer within {_patience.TotalSeconds} s");
        }
    }

    private sealed record Health
    {
        public required string Status { get; init; }

        public IReadOnlyDictionary<string, string>? Reasons { get; init; }
    }
}
