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
        services.AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, ApiKeyAuthentication>(ApiKeyAuthentication.SchemeName, null);
        services.AddAuthorization();
        services.AddSingleton<IAuthorizationMiddlewareResultHandler, ScopeAnswers>();
        services.TryAddSingleton<IIdSource, CryptographicIdSource>();
        return services;
    }

    public static void MapOrganizations(this IEndpointRouteBuilder api)
    {
        var organizations = api.MapGroup("/organizations").WithTags("Organizations");
        organizations.MapPost("", CreateAsync).RequireScope(Scopes.Operator)
            .WithSummary("Creates an organization and its first administrator's key, which is shown this once.");
        organizations.MapGet("/current", GetCurrentAsync).RequireAuthorization(policy => policy
                .AddAuthenticationSchemes(ApiKeyAuthentication.SchemeName).RequireAuthenticatedUser())
            .WithSummary("The organization of the API key, and the key's scopes.");
        api.MapApiKeys();
    }

    private static async Task<Results<Ok<CreateOrganizationResponse>, Refusal>> CreateAsync(
        CreateOrganizationRequest request, IGrainFactory grains, IIdSource ids)
    {
        if (new FieldChecks().Title("name", request.Name).Refusal is { } invalid)
        {
            return invalid;
        }

        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var id = ids.NewId("org_", 8);
            var organization = grains.GetOrganization(id);

            // An id of 8 digits may be taken; creating one of the same name twice must not hand out the other's key.
            if (await organization.GetAsync() is null && await organization.CreateAsync(request.Name))
            {
                var key = await organization.CreateKeyAsync(FirstKey, [.. Scopes.OfAnAdministrator], secret: null);
                return TypedResults.Ok(new CreateOrganizationResponse { Id = id, Name = request.Name, ApiKey = key.Secret });
            }
        }

        return Refusal.Unavailable(ErrorCodes.Unavailable, "No free organization id was found. Try again.", TimeSpan.FromSeconds(1));
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
