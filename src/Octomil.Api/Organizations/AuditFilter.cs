using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Octomil.Devices;
using Octomil.Storage;

namespace Octomil.Organizations;

/// <summary>
/// Appends every change that is made over the API to the audit log, before its answer is sent: whoever reads that something was done
/// finds it in the log. It knows an endpoint by its method and route and so forgets none; those of the device protocol, which the rounds
/// count, say that they are. Of a request it keeps the route's names, of an answer the id: never a body.
/// </summary>
internal sealed class AuditFilter(IAuditLog log, TimeProvider clock) : IEndpointFilter
{
    private static readonly string[] _idProperties = ["Id", "SessionId"];
    private static readonly ConcurrentDictionary<Type, PropertyInfo?> _ids = new();

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (!IsAudited(http) || Caller.Of(http.User) is not { } caller)
        {
            return await next(context);
        }

        object? result;
        try
        {
            result = await next(context);
        }
        catch (Exception exception) when (exception is not BadHttpRequestException)
        {
            await TryAppendAsync(AuditEntries.Of(http, caller, clock.GetUtcNow()) with { Outcome = AuditOutcome.Failed });
            throw;
        }

        var answer = Unwrap(result);
        var refusal = answer as Refusal;
        var isDone = refusal is null && answer is not IStatusCodeHttpResult { StatusCode: >= StatusCodes.Status400BadRequest };

        // Not cancelled with the request: what was done was done, whether or not its caller waits for the answer.
        await log.AppendAsync(
            AuditEntries.Of(http, caller, clock.GetUtcNow(), IdOf(answer)) with
            {
                Outcome = isDone ? AuditOutcome.Done : AuditOutcome.Refused,
                Detail = refusal?.Code,
            },
            CancellationToken.None);
        return result;
    }

    /// <summary>Whether calls of the endpoint belong into the log.</summary>
    public static bool IsAudited(HttpContext http) =>
        !(HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method) || HttpMethods.IsOptions(http.Request.Method))
        && http.GetEndpoint() is RouteEndpoint endpoint && endpoint.Metadata.GetMetadata<NoAudit>() is null
        && endpoint.Metadata.GetMetadata<DeviceProtocol>() is null;

    private async Task TryAppendAsync(AuditEntry entry)
    {
        try
        {
            await log.AppendAsync(entry, CancellationToken.None);
        }
        catch (StorageUnavailableException)
        {
            // The call failed, most likely of the same cause, and its own exception says more.
        }
    }

    private static object? Unwrap(object? result) => result is INestedHttpResult nested ? Unwrap(nested.Result) : result;

    // What a command that makes something has made.
    private static string? IdOf(object? answer) => answer is IValueHttpResult { Value: { } value }
        ? _ids.GetOrAdd(value.GetType(), type => _idProperties.Select(name => type.GetProperty(name)).FirstOrDefault(property => property?.PropertyType == typeof(string)))?.GetValue(value) as string
        : null;

    internal sealed class NoAudit;
}

/// <summary>Which endpoints are not audited.</summary>
internal static class AuditMetadata
{
    /// <summary>For endpoints that change nothing, or that append to the log themselves.</summary>
    public static TBuilder WithoutAudit<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata(new AuditFilter.NoAudit());
}
