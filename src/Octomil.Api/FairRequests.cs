using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Octomil.Organizations;

namespace Octomil;

/// <summary>
/// Gives every organization its turn: the process works on a bounded number of requests, and while others wait none has more than its
/// share of them. A request that waits too long, or behind too many, is answered 429 with <c>Retry-After</c>.
/// </summary>
internal sealed class FairRequests(RequestDelegate next, IOptions<RequestOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly FairCapacity _turns = new(options.Value.AtOnce, options.Value.LongestQueue, clock);

    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<NoTurn>() is not null || Caller.Of(context.User) is not { } caller)
        {
            await next(context);
            return;
        }

        if (!await _turns.TakeAsync(caller.OrganizationId, 1, options.Value.Wait, context.RequestAborted))
        {
            await new Refusal(StatusCodes.Status429TooManyRequests, ErrorCodes.Busy, "Too many requests of this organization arrive at once. Send it again in a moment.")
                .RetryAfter(Again).ExecuteAsync(context);
            return;
        }

        try
        {
            await next(context);
        }
        finally
        {
            _turns.Return(caller.OrganizationId, 1);
        }
    }

    internal sealed class NoTurn;
}

/// <summary>Which endpoints take no turn.</summary>
internal static class FairRequestsMetadata
{
    /// <summary>For what lasts as long as its client wants: connections, streams, files, and bodies that other budgets bound.</summary>
    public static TBuilder WithoutTurn<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata(new FairRequests.NoTurn());
}
