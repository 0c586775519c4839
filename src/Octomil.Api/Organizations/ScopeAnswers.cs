using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;

namespace Octomil.Organizations;

/// <summary>Names the scope that a key lacks; other refusals go their usual way.</summary>
internal sealed class ScopeAnswers : IAuthorizationMiddlewareResultHandler
{
    private readonly AuthorizationMiddlewareResultHandler _usual = new();

    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        var missing = authorizeResult.Forbidden
            ? authorizeResult.AuthorizationFailure?.FailedRequirements.OfType<ScopeRequirement>().FirstOrDefault()
            : null;
        if (missing is null)
        {
            return _usual.HandleAsync(next, context, policy, authorizeResult);
        }

        if (Caller.Of(context.User) is { HasWrongCertificate: true })
        {
            return Refusal.Forbidden(
                ErrorCodes.WrongCertificate,
                "The certificate of this connection is not one of the device's. An administrator adds it: octomil devices certificate DEVICE --file cert.pem.").ExecuteAsync(context);
        }

        if (Caller.Of(context.User) is { } caller && !ScopeRequirement.MayReach(caller, context))
        {
            return Refusal.Forbidden(
                ErrorCodes.WrongDevice,
                caller.DeviceId is null
                    ? "Devices need a client certificate here, and this connection has none."
                    : "The token or certificate of a device reaches only what devices call, and only for that device.").ExecuteAsync(context);
        }

        context.Response.Headers.WWWAuthenticate = $"Bearer error=\"insufficient_scope\", scope=\"{missing.AnyOf[0]}\"";
        return Refusal.Forbidden(ErrorCodes.MissingScope, $"The API key lacks the scope {string.Join(" or ", missing.AnyOf)}.")
            .With("scope", missing.AnyOf[0])
            .ExecuteAsync(context);
    }
}
