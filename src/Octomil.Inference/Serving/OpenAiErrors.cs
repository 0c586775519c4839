using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Octomil.Inference.Serving;

/// <summary>Every refusal in the shape that OpenAI clients read: <c>{"error": {"message", "type", "param", "code"}}</c>.</summary>
internal sealed partial class OpenAiErrors(RequestDelegate next, ILogger<OpenAiErrors> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is { StatusCode: 404 or 405, HasStarted: false })
            {
                await WriteAsync(context, context.Response.StatusCode, "not_found", $"There is no {context.Request.Method} {context.Request.Path} here.");
            }
        }
        catch (InferenceException refusal)
        {
            await WriteAsync(context, refusal.Status, refusal.Code, refusal.Message, refusal.Parameter);
        }
        catch (BadHttpRequestException refusal) when (refusal.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            await WriteAsync(context, 413, "too_large", $"A request may have {RequestBody.MostBytes >> 20} MiB at most. Send fewer rows, or a smaller image.");
        }
        catch (BadHttpRequestException refusal)
        {
            await WriteAsync(context, refusal.StatusCode, "invalid_request", refusal.Message);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller left; there is nobody to tell.
            context.Abort();
        }
        catch (Exception failure) when (!context.Response.HasStarted)
        {
            LogFailed(logger, failure);
            await WriteAsync(context, 500, "internal_error", "The model could not answer this. The server's log says more.");
        }
    }

    private static Task WriteAsync(HttpContext context, int status, string code, string message, string? parameter = null)
    {
        context.Response.StatusCode = status;
        if (status == 503)
        {
            context.Response.Headers.RetryAfter = "1";
        }

        return context.Response.WriteAsJsonAsync(new
        {
            error = new { message, type = status < 500 ? "invalid_request_error" : "server_error", param = parameter, code },
        });
    }

    [LoggerMessage(EventId = 9001, Level = LogLevel.Error, Message = "A request failed.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
