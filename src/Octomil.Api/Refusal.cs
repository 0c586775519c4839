using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc;

namespace Octomil;

/// <summary>The one way in which this API says no: problem details with a stable code and a reason that a person can act on.</summary>
internal sealed class Refusal : IResult, IEndpointMetadataProvider, IStatusCodeHttpResult
{
    public const string ContentType = "application/problem+json";

    public const string RevokedText = "The device was revoked by its organization and may not take part any more.";

    private readonly Dictionary<string, object?> _facts = new(StringComparer.Ordinal);
    private TimeSpan? _retryAfter;

    public Refusal(int status, string code, string detail)
    {
        (Status, Code, Detail) = (status, code, detail);
        _facts["code"] = code;
    }

    public int Status { get; }

    public string Code { get; }

    public string Detail { get; }

    int? IStatusCodeHttpResult.StatusCode => Status;

    public static Refusal Invalid(string detail) => new(StatusCodes.Status400BadRequest, ErrorCodes.InvalidRequest, detail);

    public static Refusal NotFound(string what, string name) =>
        new(StatusCodes.Status404NotFound, ErrorCodes.NotFound, $"There is no {what} '{Shown(name)}' that this key may see.");

    public static Refusal Conflict(string code, string detail) => new(StatusCodes.Status409Conflict, code, detail);

    public static Refusal Forbidden(string code, string detail) => new(StatusCodes.Status403Forbidden, code, detail);

    public static Refusal DeviceRevoked() => Forbidden(ErrorCodes.DeviceRevoked, RevokedText);

    public static Refusal TooLarge(string detail) => new(StatusCodes.Status413PayloadTooLarge, ErrorCodes.TooLarge, detail);

    public static Refusal Unavailable(string code, string detail, TimeSpan retryAfter) =>
        new Refusal(StatusCodes.Status503ServiceUnavailable, code, detail).RetryAfter(retryAfter);

    /// <summary>A caller's text as it may stand in an answer.</summary>
    public static string Shown(string text) => text.Length <= 64 ? text : string.Concat(text.AsSpan(0, 64), "...");

    public Refusal RetryAfter(TimeSpan after)
    {
        _retryAfter = after;
        return this;
    }

    /// <summary>Adds a member to the problem document.</summary>
    public Refusal With(string name, object? fact)
    {
        _facts[name] = fact;
        return this;
    }

    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (_retryAfter is { } after)
        {
            httpContext.Response.Headers.RetryAfter = ((int)Math.Ceiling(after.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        return TypedResults.Problem(Detail, statusCode: Status, extensions: _facts).ExecuteAsync(httpContext);
    }

    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder)
    {
        int[] statuses =
        [
            StatusCodes.Status400BadRequest, StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden,
            StatusCodes.Status404NotFound, StatusCodes.Status409Conflict, StatusCodes.Status503ServiceUnavailable,
        ];
        foreach (var status in statuses)
        {
            builder.Metadata.Add(new ProducesResponseTypeMetadata(status, typeof(ProblemDetails), [ContentType]));
        }
    }
}
