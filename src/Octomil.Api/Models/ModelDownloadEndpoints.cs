using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Organizations;
using Octomil.Storage;

namespace Octomil.Models;

/// <summary>The weights of versions as files.</summary>
internal static class ModelDownloadEndpoints
{
    private static readonly string[] _reading = [HttpMethods.Get, HttpMethods.Head];

    public static void MapModelDownloads(this IEndpointRouteBuilder api)
    {
        var version = api.MapGroup("/models/{model}/versions/{version}").WithTags("Models");
        version.MapMethods("/download", _reading, DownloadAsync).RequireScope(ModelEndpoints.Readers)
            .WithSummary("The version's weights; ETag is their SHA-256, Range and If-None-Match work.")
            .Produces(StatusCodes.Status200OK, contentType: WeightsFile.ContentType);
        version.MapGet("/download-url", GetUrlAsync).RequireScope(ModelEndpoints.Readers)
            .WithSummary("A URL that serves the same file for a few minutes without a key.");
        api.MapMethods("/downloads/{ticket}", _reading, Redeem).WithTags("Models").AllowAnonymous()
            .WithSummary("What a download URL points to.")
            .Produces(StatusCodes.Status200OK, contentType: WeightsFile.ContentType);
    }

    private static async Task<Results<FileStreamHttpResult, Refusal>> DownloadAsync(
        string model, string version, string? format, Caller caller, ModelNames names, IPayloadStore payloads) =>
        (await FindAsync(model, version, format, caller, names)).Is(out var ticket, out var refusal)
            ? WeightsFile.Of(ticket.Weights(), payloads, ticket.FileName)
            : refusal;

    private static async Task<Results<Ok<DownloadUrlResponse>, Refusal>> GetUrlAsync(
        string model, string version, string? format, Caller caller, ModelNames names, DownloadTickets tickets, HttpRequest request)
    {
        if (!(await FindAsync(model, version, format, caller, names)).Is(out var ticket, out var refusal))
        {
            return refusal;
        }

        var url = $"{request.Scheme}://{request.Host}{request.PathBase}{OctomilApi.Prefix}/downloads/{tickets.Issue(ticket)}";
        return TypedResults.Ok(new DownloadUrlResponse { Url = url });
    }

    private static Results<FileStreamHttpResult, Refusal> Redeem(string ticket, DownloadTickets tickets, IPayloadStore payloads) =>
        tickets.Open(ticket) is { } opened
            ? WeightsFile.Of(opened.Weights(), payloads, opened.FileName)
            : new Refusal(StatusCodes.Status404NotFound, ErrorCodes.NotFound, "This download URL has expired or is not ours. Ask for a new one.");

    private static async Task<Found<DownloadTicket>> FindAsync(string model, string version, string? format, Caller caller, ModelNames names)
    {
        if (ModelFormats.Check(format) is { } unsupported)
        {
            return new Found<DownloadTicket>(unsupported);
        }

        if (!(await names.FindAsync(caller, model)).Is(out var found, out var refusal))
        {
            return new Found<DownloadTicket>(refusal);
        }

        // Compared as text: what follows '+' is no decoration here, it names the changing base of a run.
        return found.Versions.FirstOrDefault(one => one.Version == version) is { } released
            ? new Found<DownloadTicket>(new DownloadTicket(
                released.Weights.Sha256, released.Weights.Bytes, $"{found.Description.Name}-{released.Version}.{ModelFormats.Safetensors}"))
            : new Found<DownloadTicket>(Refusal.NotFound($"version of {found.Description.Name}", version));
    }
}
