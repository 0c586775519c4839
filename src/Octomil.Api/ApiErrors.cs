using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Octomil.Storage;
using Orleans.Storage;

namespace Octomil;

/// <summary>Turns what went wrong, and every answer that would have no body, into problem details.</summary>
internal sealed partial class ApiErrors(RequestDelegate next, ILogger<ApiErrors> logger)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await CallAsync(context);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be answered, and a client that goes away is no error of ours.
            context.Response.StatusCode = context.Response.HasStarted ? context.Response.StatusCode : StatusCodes.Status499ClientClosedRequest;
            return;
        }
        catch (Exception exception) when (!context.Response.HasStarted)
        {
            context.Response.Clear();
            await Answer(context, exception).ExecuteAsync(context);
            return;
        }

        if (IsEmptyRefusal(context.Response))
        {
            context.Response.Headers.ContentDisposition = default;
            context.Response.ContentLength = null;
            await ForStatus(context).ExecuteAsync(context);
        }
    }

    private async Task CallAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (SiloUnavailableException) when (HttpMethods.IsGet(context.Request.Method) && !context.Response.HasStarted)
        {
            // A call was on its way to a silo that died. That is known by now, so the same call finds its grain elsewhere.
            context.Response.Clear();
            await next(context);
        }
    }

    // A range that a file does not have is answered with the file's type, and nothing of the file.
    private static bool IsEmptyRefusal(HttpResponse response) => response is { HasStarted: false, StatusCode: >= 400, ContentLength: null or 0 }
        && (response.ContentType is null || response.StatusCode is StatusCodes.Status416RangeNotSatisfiable);

    private Refusal Answer(HttpContext context, Exception exception)
    {
        if (exception is BadHttpRequestException bad)
        {
            return BadRequests.Answer(bad);
        }

        var trace = Activity.Current?.Id ?? context.TraceIdentifier;
        var endpoint = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(no endpoint)";
        if (IsUnavailable(exception))
        {
            LogUnavailable(logger, exception, context.Request.Method, endpoint, trace);
            return Refusal.Unavailable(ErrorCodes.Unavailable, "A part of the service does not answer now. Try again.", Again).With("trace_id", trace);
        }

        LogFailed(logger, exception, context.Request.Method, endpoint, trace);
        return new Refusal(StatusCodes.Status500InternalServerError, ErrorCodes.InternalError, "Something went wrong here. The log has the details under the trace id.")
            .With("trace_id", trace);
    }

    // A grain whose silo just died, a write that lost against another, a full disk: the same request may work in a moment.
    private static bool IsUnavailable(Exception exception) => exception is TimeoutException or StorageUnavailableException
        or InconsistentStateException or SiloUnavailableException or OrleansMessageRejectionException or GatewayTooBusyException
        || (exception is OrleansException { InnerException: { } cause } && IsUnavailable(cause));

    private static Refusal ForStatus(HttpContext context) => context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => new Refusal(404, ErrorCodes.NotFound, $"There is nothing at {Refusal.Shown(context.Request.Path)}. /docs lists what there is."),
        StatusCodes.Status405MethodNotAllowed => new Refusal(405, ErrorCodes.MethodNotAllowed, $"{context.Request.Method} is not possible here. Allowed: {context.Response.Headers.Allow}."),
        StatusCodes.Status413PayloadTooLarge => Refusal.TooLarge("The body is larger than this endpoint takes."),
        StatusCodes.Status415UnsupportedMediaType => new Refusal(415, ErrorCodes.InvalidRequest, "The body has a Content-Type that this endpoint does not take; most take application/json."),
        StatusCodes.Status416RangeNotSatisfiable => new Refusal(416, ErrorCodes.InvalidRequest, "The Range lies outside the file."),
        var status and < 500 => new Refusal(status, ErrorCodes.InvalidRequest, "The request cannot be served as it is."),
        var status => new Refusal(status, ErrorCodes.InternalError, "Something went wrong here."),
    };
}
