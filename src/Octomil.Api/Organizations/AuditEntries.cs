using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Octomil.Organizations;

/// <summary>What a request tells the audit log.</summary>
internal static class AuditEntries
{
    /// <param name="http">The request.</param>
    /// <param name="caller">Who sent it.</param>
    /// <param name="at">Now.</param>
    /// <param name="made">The id of what it made.</param>
    public static AuditEntry Of(HttpContext http, Caller caller, DateTimeOffset at, string? made = null) =>
        From(http, caller.OrganizationId, caller.Actor, Action(http), Subject(http, made), at);

    /// <summary>An entry with the address and the program that the request came from; it is one of something done.</summary>
    public static AuditEntry From(HttpContext http, string organizationId, Actor actor, string action, string? subject, DateTimeOffset at) => new()
    {
        OrganizationId = organizationId,
        At = at,
        Actor = actor.Id,
        ActorName = actor.Name,
        Action = action,
        Subject = subject,
        Address = http.Connection.RemoteIpAddress?.ToString(),
        UserAgent = http.Request.Headers.UserAgent is [{ Length: > 0 } agent, ..] ? agent : null,
        Outcome = AuditOutcome.Done,
    };

    private static string Action(HttpContext http) =>
        http.GetEndpoint() is RouteEndpoint endpoint ? AuditActions.Of(http.Request.Method, endpoint.RoutePattern) : http.Request.Method;

    private static string? Subject(HttpContext http, string? made)
    {
        var names = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.Parameters
            .Select(parameter => http.Request.RouteValues[parameter.Name]?.ToString())
            .OfType<string>().ToList() ?? [];
        if (made is not null && !names.Contains(made))
        {
            names.Add(made);
        }

        return names.Count == 0 ? null : string.Join('/', names);
    }
}
