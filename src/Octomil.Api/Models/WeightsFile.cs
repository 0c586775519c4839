using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Octomil.Storage;
using Octomil.Training;

namespace Octomil.Models;

/// <summary>Stored weights as a download: the tag is their SHA-256, parts may be asked for.</summary>
internal static class WeightsFile
{
    public const string ContentType = "application/octet-stream";

    public static async Task<FileStreamHttpResult> OfAsync(WeightsRef weights, IPayloadStore payloads, string? name, CancellationToken cancellationToken) => TypedResults.Stream(
        await payloads.OpenWeightsAsync(weights, cancellationToken), ContentType, name, entityTag: new EntityTagHeaderValue($"\"{weights.Sha256}\""), enableRangeProcessing: true);
}
