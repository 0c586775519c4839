using System.ComponentModel.DataAnnotations;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using Octomil.Organizations;

namespace Octomil;

/// <summary>Section <c>Octomil:RateLimits</c>: requests that a server takes, per second and at once. Updates and downloads are bounded elsewhere.</summary>
internal sealed class RateLimitOptions
{
    public const string Section = "Octomil:RateLimits";

    /// <summary>Of one API key, person or device.</summary>
    [Range(1, 10_000_000)]
    public int CallerPerSecond { get; set; } = 5_000;

    [Range(1, 10_000_000)]
    public int CallerAtOnce { get; set; } = 20_000;

    /// <summary>Of one organization.</summary>
    [Range(1, 10_000_000)]
    public int OrganizationPerSecond { get; set; } = 10_000;

    [Range(1, 10_000_000)]
    public int OrganizationAtOnce { get; set; } = 40_000;

    /// <summary>Of one address to where people sign in: each may cost a password's hash.</summary>
    [Range(1, 10_000_000)]
    public int SignInsPerSecond { get; set; } = 20;

    [Range(1, 10_000_000)]
    public int SignInsAtOnce { get; set; } = 200;
}

[OptionsValidator]
internal sealed partial class RateLimitOptionsValidator : IValidateOptions<RateLimitOptions>;

/// <summary>Token buckets by caller, by organization and, for signing in, by address: 429 with <c>Retry-After</c> beyond.</summary>
internal sealed class RateLimits(IOptions<RateLimitOptions> options) : IConfigureOptions<RateLimiterOptions>
{
    private static readonly PathString _signingIn = OctomilApi.Prefix + "/auth";

    public void Configure(RateLimiterOptions limiter)
    {
        var limits = options.Value;
        limiter.GlobalLimiter = PartitionedRateLimiter.CreateChained(
            By(caller => caller.Actor.Id, limits.CallerPerSecond, limits.CallerAtOnce),
            By(caller => caller.OrganizationId, limits.OrganizationPerSecond, limits.OrganizationAtOnce),
            PartitionedRateLimiter.Create<HttpContext, string>(context => context.Request.Path.StartsWithSegments(_signingIn)
                ? Bucket(context.Connection.RemoteIpAddress?.ToString() ?? "", limits.SignInsPerSecond, limits.SignInsAtOnce)
                : RateLimitPartition.GetNoLimiter("")));
        limiter.OnRejected = static (rejected, _) => new ValueTask(
            new Refusal(StatusCodes.Status429TooManyRequests, ErrorCodes.RateLimited, "Too many requests in a short time. Send it again a little later.")
                .RetryAfter(rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(1))
                .ExecuteAsync(rejected.HttpContext));
    }

    private static PartitionedRateLimiter<HttpContext> By(Func<Caller, string> name, int perSecond, int atOnce) =>
        PartitionedRateLimiter.Create<HttpContext, string>(context =>
            Caller.Of(context.User) is { } caller && context.GetEndpoint()?.Metadata.GetMetadata<FairRequests.NoTurn>() is null
                ? Bucket(name(caller), perSecond, atOnce)
                : RateLimitPartition.GetNoLimiter(""));

    private static RateLimitPartition<string> Bucket(string name, int perSecond, int atOnce) => RateLimitPartition.GetTokenBucketLimiter(
        name,
        _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = atOnce,
            TokensPerPeriod = perSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        });
}
