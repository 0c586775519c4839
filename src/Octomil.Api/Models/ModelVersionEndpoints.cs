using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Devices;
using Octomil.Organizations;

namespace Octomil.Models;

/// <summary>The released versions of a model.</summary>
internal static class ModelVersionEndpoints
{
    public static void MapModelVersions(this IEndpointRouteBuilder api)
    {
        var versions = api.MapGroup("/models/{model}/versions").WithTags("Models");
        versions.MapGet("", ListAsync).RequireScope(ModelEndpoints.Readers).OfDeviceProtocol()
            .WithSummary("The versions, newest first; with a status (active, deprecated) only those.");
        versions.MapGet("/latest", GetLatestAsync).RequireScope(ModelEndpoints.Readers).OfDeviceProtocol()
            .WithSummary("The newest version's name. For a device's key, while its organization takes part in a run over the model: the name "
                + "under which the run's weights are downloaded.");
        versions.MapPost("/upload", UploadAsync).RequireScope(Scopes.ModelsWrite)
            .WithSummary("Adds a version from a multipart form: version, description, architecture (JSON), and file (safetensors, or a state_dict that torch.save wrote). "
                + "Without a file the architecture's seeded initial weights are made.")
            .Accepts<IFormFile>("multipart/form-data")
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .ProducesProblem(StatusCodes.Status422UnprocessableEntity);
    }

    private static async Task<Results<Ok<ModelVersionList>, Refusal>> ListAsync(
        string model, Caller caller, ModelNames names, string? status = null, int limit = 100, int offset = 0)
    {
        var checks = new FieldChecks().Page(limit, offset)
            .Require(status is null or "" or VersionMessages.Active or "published" or VersionMessages.Deprecated, "status", "must be active or deprecated, or missing");
        if (checks.Refusal is { } invalid)
        {
            return invalid;
        }

        if (!(await names.FindAsync(caller, model)).Is(out var found, out var refusal))
        {
            return refusal;
        }

        // What existing clients call published is active here.
        var wanted = status is "published" ? VersionMessages.Active : status;
        ModelVersion[] versions = [.. found.Versions.Reverse().Where(version => string.IsNullOrEmpty(wanted) || VersionMessages.StatusOf(version) == wanted)];
        return TypedResults.Ok(new ModelVersionList
        {
            Versions = [.. versions.Skip(offset).Take(limit).Select(version => VersionMessages.Of(found, version))],
            Total = versions.Length,
            Limit = limit,
            Offset = offset,
        });
    }

    private static async Task<Results<Ok<LatestVersionResponse>, Refusal>> GetLatestAsync(
        string model, Caller caller, ModelNames names, RunAliases aliases)
    {
        if (!(await names.FindAsync(caller, model)).Is(out var found, out var refusal))
        {
            return refusal;
        }

        return await aliases.LatestAsync(caller, found) is { } latest
            ? TypedResults.Ok(new LatestVersionResponse { Version = latest })
            : new Refusal(StatusCodes.Status404NotFound, ErrorCodes.NotFound, $"The model '{found.Description.Name}' has no version that is not deprecated. Push one.");
    }

    private static async Task<Results<Ok<UploadVersionResponse>, Refusal>> UploadAsync(
        string model, HttpContext context, Caller caller, ModelNames names, VersionUploads uploads, IGrainFactory grains)
    {
        if (!(await names.FindAsync(caller, model)).Is(out var found, out var refusal))
        {
            return refusal;
        }

        if (found.OwnerId != caller.OrganizationId)
        {
            return Refusal.Forbidden(ErrorCodes.NotOwner, "Only the organization that owns the model may add versions.");
        }

        if (!(await uploads.ReadAsync(context, found)).Is(out var version, out refusal))
        {
            return refusal;
        }

        // The same weights may have been stored before and be about to be collected.
        if (!await grains.GetWeights(version.Weights).RenewAsync(version.Weights))
        {
            return Refusal.Unavailable(ErrorCodes.Unavailable, "The weights were cleared away while they were uploaded. Upload them again.", TimeSpan.FromSeconds(1));
        }

        var result = await grains.GetModel(found.Id).AddVersionAsync(caller.OrganizationId, version);
        return result switch
        {
            AddVersionResult.Added => TypedResults.Ok(Uploaded(found, version)),
            AddVersionResult.NotFound => Refusal.NotFound("model", model),
            AddVersionResult.Exists => Refusal.Conflict(ErrorCodes.VersionExists, $"Version {version.Version} exists with other weights. Versions never change: take the next number."),
            AddVersionResult.Deleted => Refusal.Conflict(ErrorCodes.VersionExists, $"There was a version {version.Version}, and it was deleted. A name never means other weights: take the next number."),
            AddVersionResult.OtherLayout => new Refusal(StatusCodes.Status422UnprocessableEntity, ErrorCodes.InvalidWeights, "The weights do not have the tensors of the model's other versions. Make another model for another architecture."),
            _ => throw new InvalidOperationException($"No HTTP answer for {result}."),
        };
    }

    private static UploadVersionResponse Uploaded(ModelSnapshot model, ModelVersion version) => new()
    {
        ModelId = model.Id,
        Version = version.Version,
        Formats = ModelFormats.Of(version).ToDictionary(
            format => format, format => $"{OctomilApi.Prefix}/models/{model.Id}/versions/{version.Version}/download?format={format}", StringComparer.Ordinal),
        Checksums = VersionMessages.Checksums(version),
    };
}
