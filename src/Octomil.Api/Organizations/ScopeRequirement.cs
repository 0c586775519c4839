using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;

namespace Octomil.Organizations;

/// <summary>The caller's key has one of the scopes.</summary>
internal sealed class ScopeRequirement(params string[] anyOf) : AuthorizationHandler<ScopeRequirement>, IAuthorizationRequirement
{
    public IReadOnlyList<string> AnyOf { get; } = anyOf;

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, ScopeRequirement requirement)
    {
        if (Caller.Of(context.User) is { } caller && requirement.AnyOf.Any(caller.May))
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }
}

/// <summary>How endpoints ask for scopes.</summary>
internal static class ScopeRequirements
{
    /// <summary>Needs a key with one of the scopes.</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder endpoints, params string[] anyOf)
        where TBuilder : IEndpointConventionBuilder => endpoints.RequireAuthorization(policy => policy
            .AddAuthenticationSchemes(ApiKeyAuthentication.SchemeName)
            .RequireAuthenticatedUser()
            .AddRequirements(new ScopeRequirement(anyOf)));
}
