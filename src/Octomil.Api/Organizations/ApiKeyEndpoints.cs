using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Octomil.Organizations;

/// <summary>The API keys of the caller's organization.</summary>
internal static class ApiKeyEndpoints
{
    public static void MapApiKeys(this IEndpointRouteBuilder api)
    {
        var keys = api.MapGroup("/api-keys").WithTags("API keys");
        keys.MapPost("", CreateAsync).RequireScope(Scopes.AdminWrite)
            .WithSummary("Makes a key. Its secret, api_key, is in this answer only.");
        keys.MapGet("", ListAsync).RequireScope(Scopes.AdminRead)
            .WithSummary("Lists the organization's keys, revoked ones too; never their secrets.");
        keys.MapPost("/{id}/revoke", RevokeAsync).RequireScope(Scopes.AdminWrite)
            .WithSummary("Revokes a key at once, and ends the connections that devices opened with it; again is the same.");
    }

    private static async Task<Results<Ok<ApiKeyResponse>, Refusal>> CreateAsync(
        CreateApiKeyRequest request, Caller caller, IGrainFactory grains, TimeProvider clock)
    {
        if (Check(request, caller, clock.GetUtcNow()) is { } refusal)
        {
            return refusal;
        }

        var issued = await grains.GetOrganization(caller.OrganizationId)
            .CreateKeyAsync(request.Name, [.. request.Scopes.Distinct(StringComparer.Ordinal)], secret: null, request.ExpiresAt);
        return TypedResults.Ok(Response(issued.Record) with { ApiKey = issued.Secret });
    }

    private static async Task<Ok<ApiKeyList>> ListAsync(Caller caller, IGrainFactory grains)
    {
        var keys = await grains.GetOrganization(caller.OrganizationId).ListKeysAsync();
        return TypedResults.Ok(new ApiKeyList
        {
            ApiKeys = await FanOut.ReadAsync<ApiKeyRecord, ApiKeyResponse>(
                keys, async key => Response(key) with { LastUsedAt = await grains.GetApiKeyByHash(key.Hash).GetLastUsedAsync() }),
        });
    }

    private static async Task<Results<Ok<ApiKeyResponse>, Refusal>> RevokeAsync(string id, Caller caller, IGrainFactory grains)
    {
        var revoked = await grains.GetOrganization(caller.OrganizationId).RevokeKeyAsync(id);
        return revoked is null ? Refusal.NotFound("API key", id) : TypedResults.Ok(Response(revoked));
    }

    private static Refusal? Check(CreateApiKeyRequest request, Caller caller, DateTimeOffset now)
    {
        var unknown = request.Scopes.Where(scope => scope is not (Scopes.Operator or Scopes.MetricsRead) && !Scopes.OfAnAdministrator.Contains(scope)).ToArray();
        var checks = new FieldChecks()
            .Title("name", request.Name)
            .Require(request.ExpiresAt is null || request.ExpiresAt > now, "expires_at", "must be in the future")
            .Require(request.Scopes.Count > 0, "scopes", "must name at least one scope")
            .Require(unknown.Length == 0, "scopes", $"must be of {string.Join(", ", Scopes.OfAnAdministrator)}");
        if (checks.Refusal is { } invalid)
        {
            return invalid;
        }

        var excess = request.Scopes.FirstOrDefault(scope => !caller.May(scope) && !(scope == Scopes.MetricsRead && caller.May(Scopes.Operator)));
        return excess is null
            ? null
            : Refusal.Forbidden(ErrorCodes.MissingScope, $"A key can give no scope that it lacks: {excess}.").With("scope", excess);
    }

    private static ApiKeyResponse Response(ApiKeyRecord key) => new()
    {
        Id = key.Id,
        Name = key.Name,
        Prefix = key.Prefix,
        Scopes = key.Scopes,
        CreatedAt = key.CreatedAt,
        RevokedAt = key.RevokedAt,
        ExpiresAt = key.ExpiresAt,
    };
}
