using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Devices;
using Octomil.Organizations;
using Octomil.Storage;

namespace Octomil.Models;

/// <summary>The weights of versions as files.</summary>
internal static class ModelDownloadEndpoints
{
    private static readonly string[] _reading = [HttpMethods.Get, HttpMethods.Head];
    private static readonly TimeSpan _again = TimeSpan.FromSeconds(1);

    public static void MapModelDownloads(this IEndpointRouteBuilder api)
    {
        var version = api.MapGroup("/models/{model}/versions/{version}").WithTags("Models");
        version.MapMethods("/download", _reading, DownloadAsync).RequireScope(ModelEndpoints.Readers).OfDeviceProtocol().WithoutTurn()
            .WithSummary("The weights of a version (or of the version that an alias stands for) as safetensors (the default), pytorch (a state_dict for "
                + "torch.load with weights_only=True) or onnx (of versions with an architecture); ETag is the file's SHA-256, Range and If-None-Match work.")
            .Produces(StatusCodes.Status200OK, contentType: WeightsFile.ContentType);
        version.MapGet("/download-url", GetUrlAsync).RequireScope(ModelEndpoints.Readers).OfDeviceProtocol()
            .WithSummary("A URL that serves the same file for a few minutes without a key.");
        api.MapMethods("/downloads/{ticket}", _reading, RedeemAsync).WithTags("Models").AllowAnonymous()
            .WithSummary("What a download URL points to.")
            .Produces(StatusCodes.Status200OK, contentType: WeightsFile.ContentType);
    }

    private static async Task<Results<FileStreamHttpResult, Refusal>> DownloadAsync(
        string model, string version, string? format, Caller caller, Downloads downloads, IPayloadStore payloads, CancellationToken cancellationToken)
    {
        try
        {
            return (await downloads.FindAsync(caller, model, version, format)).Is(out var ticket, out var refusal)
                ? await WeightsFile.OfAsync(ticket.Weights(), payloads, ticket.FileName, cancellationToken)
                : refusal;
        }
        catch (PayloadMissingException) when (version.Contains('+', StringComparison.Ordinal))
        {
            return GoneOn();
        }
    }

    private static async Task<Results<Ok<DownloadUrlResponse>, Refusal>> GetUrlAsync(
        string model, string version, string? format, Caller caller, Downloads downloads, DownloadTickets tickets, HttpRequest request)
    {
        Found<DownloadTicket> found;
        try
        {
            found = await downloads.FindAsync(caller, model, version, format);
        }
        catch (PayloadMissingException) when (version.Contains('+', StringComparison.Ordinal))
        {
            return GoneOn();
        }

        if (!found.Is(out var ticket, out var refusal))
        {
            return refusal;
        }

        var url = $"{request.Scheme}://{request.Host}{request.PathBase}{OctomilApi.Prefix}/downloads/{tickets.Issue(ticket)}";
        return TypedResults.Ok(new DownloadUrlResponse { Url = url });
    }

    private static async Task<Results<FileStreamHttpResult, Refusal>> RedeemAsync(
        string ticket, DownloadTickets tickets, IPayloadStore payloads, CancellationToken cancellationToken)
    {
        try
        {
            return tickets.Open(ticket) is { } opened ? await WeightsFile.OfAsync(opened.Weights(), payloads, opened.FileName, cancellationToken) : Expired();
        }
        catch (PayloadMissingException)
        {
            // A run's weights go when it has the next.
            return Expired();
        }
    }

    private static Refusal GoneOn() =>
        Refusal.Unavailable(ErrorCodes.Unavailable, "The run has just gone on to its next weights. Ask again.", _again);

    private static Refusal Expired() =>
        new(StatusCodes.Status404NotFound, ErrorCodes.NotFound, "This download URL has expired or is not ours. Ask for a new one.");
}
