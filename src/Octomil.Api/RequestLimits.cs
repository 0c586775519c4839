using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

namespace Octomil;

/// <summary>How long a body may be.</summary>
internal static class RequestLimits
{
    /// <summary>Nothing that is not a file is longer.</summary>
    public const long JsonBytes = 1024 * 1024;

    public static TBuilder WithBodyLimit<TBuilder>(this TBuilder endpoints, long bytes)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata(new BodyLimit(bytes));

    /// <summary>
    /// Allows this request more, once it is known how much it may be. Until then the small limit stands, so that a refusal leaves
    /// no big body to be drained: the server gives the connection up instead.
    /// </summary>
    public static void AllowBody(this HttpContext context, long bytes)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = bytes;
        }
    }

    private sealed record BodyLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
