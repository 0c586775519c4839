using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Octomil.Learning.Weights;
using Octomil.Storage;

namespace Octomil.Models;

/// <summary>Reads an upload, checks it completely, stores its weights, and returns the version it makes.</summary>
internal sealed class VersionUploads(IPayloadStore payloads, IOptions<ModelOptions> options, TimeProvider clock)
{
    private const long FormBytes = 8 * 1024 * 1024;

    public async Task<Found<ModelVersion>> ReadAsync(HttpContext context, ModelSnapshot model)
    {
        var limit = options.Value.MaxUploadBytes;
        context.AllowBody(limit + FormBytes);
        if (UploadForm.BoundaryOf(context.Request) is not { } boundary)
        {
            return new Found<ModelVersion>(Refusal.Invalid("The body must be multipart/form-data with the fields version and file (or architecture)."));
        }

        try
        {
            var form = await UploadForm.ReadAsync(context.Request, boundary, limit, context.RequestAborted);
            return await MakeAsync(form, model, context.RequestAborted);
        }
        catch (WeightsFormatException exception)
        {
            return new Found<ModelVersion>(WeightsRefusals.Of(exception));
        }
        catch (InvalidDataException exception)
        {
            return new Found<ModelVersion>(Refusal.TooLarge(exception.Message));
        }
        catch (IOException exception) when (exception is not StorageUnavailableException and not BadHttpRequestException && !context.RequestAborted.IsCancellationRequested)
        {
            return new Found<ModelVersion>(Refusal.Invalid("The form is not complete: its closing boundary is missing."));
        }
    }

    private async Task<Found<ModelVersion>> MakeAsync(UploadForm form, ModelSnapshot model, CancellationToken cancellationToken)
    {
        var checks = new FieldChecks()
            .Require(SemanticVersion.IsValid(form["version"]), "version", "must be a semantic version such as 1.0.0, without build metadata")
            .Text("description", form["description"])
            .Require(form.Weights is not null || form["architecture"] is not null, "file", "is missing, and there is no architecture to initialize weights from");
        if (checks.Refusal is { } invalid)
        {
            return new Found<ModelVersion>(invalid);
        }

        var latest = model.Versions.LastOrDefault();
        if (!VersionArchitecture.Read(form["architecture"] ?? latest?.ArchitectureJson).Is(out var architecture, out var refusal))
        {
            return new Found<ModelVersion>(refusal);
        }

        var weights = form.Weights ?? architecture.Initialize();
        var layout = architecture.Layout ?? (latest is null ? weights.Layout : await LayoutOfAsync(latest, cancellationToken));
        weights = UploadedWeights.InOrder(weights, layout);
        var stored = await payloads.SaveWeightsAsync(null, (stream, token) => weights.SaveAsync(stream, null, token), cancellationToken);
        return new Found<ModelVersion>(new ModelVersion
        {
            Version = form["version"]!,
            Weights = stored,
            Description = form["description"],
            ArchitectureJson = architecture.JsonFor(weights),
            CreatedAt = clock.GetUtcNow(),
            LayoutHash = LayoutHash.Of(layout),
            ParameterCount = layout.ParameterCount,
        });
    }

    // Another writer of the same model may order its tensors otherwise; the first version's order stays.
    private async Task<WeightsLayout> LayoutOfAsync(ModelVersion version, CancellationToken cancellationToken)
    {
        await using var file = await payloads.OpenWeightsAsync(version.Weights, cancellationToken);
        var length = new byte[sizeof(long)];
        await file.ReadExactlyAsync(length, cancellationToken);
        var header = new byte[SafetensorsHeader.TryReadLength(length, out var bytes) ? bytes : 0];
        await file.ReadExactlyAsync(header, cancellationToken);
        return SafetensorsHeader.Parse(header, null).Layout;
    }
}
