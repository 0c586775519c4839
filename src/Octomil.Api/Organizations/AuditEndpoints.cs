using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Octomil.Organizations;

/// <summary>The audit log, to be read. There is no endpoint that changes it.</summary>
internal static class AuditEndpoints
{
    public static void MapAudit(this IEndpointRouteBuilder api) => api
        .MapGet("/audit", ListAsync).RequireScope(Scopes.AdminRead).WithTags("Audit")
        .WithSummary("Who changed what, when and from where, newest first; cursor continues after an earlier page. Operators see the service's own entries too.");

    private static async Task<Results<Ok<AuditList>, Refusal>> ListAsync(
        Caller caller, IAuditLog log, CancellationToken cancellationToken, string? since = null, int limit = 100, string? cursor = null)
    {
        var from = DateTimeOffset.MinValue;
        var before = long.MaxValue;
        var checks = new FieldChecks()
            .Range("limit", limit, 1, 1000)
            .Require(
                since is null || DateTimeOffset.TryParse(since, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out from),
                "since", "must be a time such as 2026-01-31T12:00:00Z")
            .Require(cursor is null || (long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out before) && before > 0), "cursor", "must be next_cursor of an earlier page");
        if (checks.Refusal is { } invalid)
        {
            return invalid;
        }

        var entries = await log.ListAsync(
            new AuditQuery
            {
                OrganizationId = caller.OrganizationId,
                WithService = caller.May(Scopes.Operator),
                Since = since is null ? null : from,
                Before = cursor is null ? null : before,
                Limit = limit,
            },
            cancellationToken);
        return TypedResults.Ok(new AuditList
        {
            Entries = [.. entries.Select(Response)],
            NextCursor = entries.Length == limit ? entries[^1].Sequence.ToString(CultureInfo.InvariantCulture) : null,
        });
    }

    private static AuditEntryResponse Response(AuditEntry entry) => new()
    {
        Id = entry.Sequence,
        OrgId = entry.OrganizationId.Length == 0 ? null : entry.OrganizationId,
        At = entry.At,
        Actor = entry.Actor,
        ActorName = entry.ActorName,
        Action = entry.Action,
        Subject = entry.Subject,
        Address = entry.Address,
        UserAgent = entry.UserAgent,
        Outcome = entry.Outcome switch
        {
            AuditOutcome.Done => "done",
            AuditOutcome.Refused => "refused",
            _ => "failed",
        },
        Detail = entry.Detail,
    };
}
