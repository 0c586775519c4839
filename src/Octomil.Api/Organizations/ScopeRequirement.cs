using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Octomil.Devices;

namespace Octomil.Organizations;

/// <summary>The caller's key has one of the scopes; where none is named, any key will do.</summary>
internal sealed class ScopeRequirement(params string[] anyOf) : AuthorizationHandler<ScopeRequirement>, IAuthorizationRequirement
{
    public IReadOnlyList<string> AnyOf { get; } = anyOf;

    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, ScopeRequirement requirement)
    {
        if (Caller.Of(context.User) is { HasWrongCertificate: false } caller && (requirement.AnyOf.Count == 0 || requirement.AnyOf.Any(caller.May)) && MayReach(caller, context.Resource as HttpContext))
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }

    /// <summary>Whoever may act for one device alone reaches what devices call; where devices need a certificate, who has none does not.</summary>
    public static bool MayReach(Caller caller, HttpContext? context)
    {
        var isOfDevices = context?.GetEndpoint()?.Metadata.GetMetadata<DeviceProtocol>() is not null;
        return caller.DeviceId is null
            ? !isOfDevices || context!.RequestServices.GetRequiredService<DeviceCertificates>().AllowsWithout(context)
            : isOfDevices;
    }
}

/// <summary>How endpoints ask for scopes.</summary>
internal static class ScopeRequirements
{
    /// <summary>Needs a key with one of the scopes; without any named, any key.</summary>
    public static TBuilder RequireScope<TBuilder>(this TBuilder endpoints, params string[] anyOf)
        where TBuilder : IEndpointConventionBuilder => endpoints.RequireAuthorization(policy => policy
            .AddAuthenticationSchemes(ApiKeyAuthentication.SchemeName)
            .RequireAuthenticatedUser()
            .AddRequirements(new ScopeRequirement(anyOf)));
}
