using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Octomil.Models;
using Octomil.Organizations;

namespace Octomil.Training;

/// <summary>Takes bodies of <c>POST /training/weights</c> into memory, within a budget that the organizations share.</summary>
internal sealed class PostedBodies(IOptions<UploadOptions> options, IOptions<ModelOptions> models, TimeProvider clock)
{
    private const long FieldBytes = 1024 * 1024;
    private const int LongestQueue = 1000;

    // Of a body that does not say how long it is, the server takes no more.
    private const long UnsaidBytes = 64 * 1024 * 1024;
    private static readonly TimeSpan _again = TimeSpan.FromSeconds(1);

    private readonly FairCapacity _memory = new(options.Value.PostedBytes, LongestQueue, clock);

    // Base64 has four characters for three bytes.
    private long MostBytes => Math.Min(Math.Min(options.Value.PostedBytes, Array.MaxLength), (models.Value.MaxUploadBytes / 3 * 4) + FieldBytes);

    /// <summary>Reads the body; while <paramref name="use"/> works with it, its memory is taken.</summary>
    /// <param name="context">The request.</param>
    /// <param name="caller">Whose share of the memory it takes.</param>
    /// <param name="use">Gets the parsed body, and the SHA-256 of what was sent.</param>
    public async Task<TResult> UseAsync<TResult>(HttpContext context, Caller caller, Func<Found<PostedWeights>, string, Task<TResult>> use)
    {
        var length = context.Request.ContentLength;
        var taken = length ?? Math.Min(UnsaidBytes, MostBytes);
        if (Check(context.Request, taken) is { } refusal)
        {
            return await use(new Found<PostedWeights>(refusal), "");
        }

        if (!await _memory.TakeAsync(caller.OrganizationId, taken, options.Value.PostedBytesWait, context.RequestAborted))
        {
            return await use(new Found<PostedWeights>(new Refusal(StatusCodes.Status429TooManyRequests, ErrorCodes.Busy, "Too many updates arrive at once. Send it again in a moment.").RetryAfter(_again)), "");
        }

        try
        {
            context.AllowBody(taken);
            await using var stream = new UpdateBodyReader(context.Request.BodyReader, options.Value, clock).AsStream(leaveOpen: true);
            using var body = length is null
                ? await PooledBody.ReadAsync(stream, taken, context.RequestAborted)
                : await PooledBody.ReadExactlyAsync(stream, (int)taken, context.RequestAborted);
            var sha256 = Convert.ToHexStringLower(SHA256.HashData(body.Memory.Span));
            return await use(PostedWeights.Parse(body.Memory), sha256);
        }
        finally
        {
            _memory.Return(caller.OrganizationId, taken);
        }
    }

    private Refusal? Check(HttpRequest request, long length)
    {
        if (request.Headers.ContentEncoding.ToString() is not ("" or "identity"))
        {
            return new Refusal(StatusCodes.Status415UnsupportedMediaType, ErrorCodes.InvalidRequest, "The body must have no Content-Encoding.");
        }

        return length > MostBytes
            ? Refusal.TooLarge($"The body is {length} bytes long; at most {MostBytes} are taken here. Send larger updates by PUT /training/rounds/{{round_id}}/updates/{{device_id}}.")
            : null;
    }
}
