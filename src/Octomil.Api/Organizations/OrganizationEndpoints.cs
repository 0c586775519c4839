using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Octomil.Organizations;

/// <summary>Organizations, and who speaks for them.</summary>
internal static class OrganizationEndpoints
{
    private const string FirstKey = "administrator";
    private const int Attempts = 4;

    public static IServiceCollection AddOrganizations(this IServiceCollection services)
    {
        services.AddAuthentication(ApiKeyAuthentication.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(ApiKeyAuthentication.SchemeName, null)
            .AddJwtBearer(Oidc.SchemeName, _ => { });
        services.AddAccess();
        services.AddAuthorization();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, ScopeAnswers>();
        services.TryAddSingleton<IIdSource, CryptographicIdSource>();
        return services;
    }

    public static void MapOrganizations(this IEndpointRouteBuilder api)
    {
        var organizations = api.MapGroup("/organizations").WithTags("Organizations");
        organizations.MapPost("", CreateAsync).RequireScope(Scopes.Operator)
            .WithSummary("Creates an organization and its first administrator's key, which is shown this once. A name is given once: again is 409.");
        organizations.MapGet("/current", GetCurrentAsync).RequireScope()
            .WithSummary("The organization of the API key, and the key's scopes.");
        api.MapApiKeys();
        api.MapAudit();
        api.MapSettings();
        api.MapPrivacy();
    }

    private static async Task<Results<Ok<CreateOrganizationResponse>, Refusal>> CreateAsync(
        CreateOrganizationRequest request, IGrainFactory grains, IIdSource ids)
    {
        if (new FieldChecks().Title("name", request.Name).Refusal is { } invalid)
        {
            return invalid;
        }

        if (await FreeIdAsync(grains, ids) is not { } free)
        {
            return Refusal.Unavailable(ErrorCodes.Unavailable, "No free organization id was found. Try again.", TimeSpan.FromSeconds(1));
        }

        // The name's holder may be one that a crash kept from being created; it is created now.
        var id = await grains.GetOrganizationName(request.Name).ClaimAsync(free);
        return await grains.GetOrganization(id).FoundAsync(request.Name, FirstKey, [.. Scopes.OfAnAdministrator]) is { } key
            ? TypedResults.Ok(new CreateOrganizationResponse { Id = id, Name = request.Name, ApiKey = key.Secret })
            : Refusal.Conflict(ErrorCodes.NameTaken, $"There is an organization '{request.Name}' already. Its first key was shown when it was created.");
    }

    // An id of 8 digits may be taken.
    private static async Task<string?> FreeIdAsync(IGrainFactory grains, IIdSource ids)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var id = ids.NewId("org_", 8);
            if (await grains.GetOrganization(id).GetAsync() is null)
            {
                return id;
            }
        }

        return null;
    }

    private static async Task<Results<Ok<OrganizationResponse>, Refusal>> GetCurrentAsync(Caller caller, IGrainFactory grains)
    {
        if (await grains.GetOrganization(caller.OrganizationId).GetAsync() is not { } organization)
        {
            return Refusal.NotFound("organization", caller.OrganizationId);
        }

        return TypedResults.Ok(new OrganizationResponse
        {
            Id = organization.Id,
            Name = organization.Name,
            CreatedAt = organization.CreatedAt,
            Scopes = [.. caller.Scopes.Order(StringComparer.Ordinal)],
        });
    }
}
