using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Devices;
using Octomil.Organizations;

namespace Octomil.Models;

/// <summary>What happens to a version after its release: it is shown, deprecated, reinstated, deleted, compared. It never changes.</summary>
internal static class VersionLifeEndpoints
{
    public static void MapVersionLife(this IEndpointRouteBuilder api)
    {
        var version = api.MapGroup("/models/{model}/versions/{version}").WithTags("Models");
        version.MapGet("", GetAsync).RequireScope(ModelEndpoints.Readers).OfDeviceProtocol()
            .WithSummary("One version, by its name or an alias of it.");
        version.MapPost("/deprecate", DeprecateAsync).RequireScope(Scopes.ModelsWrite)
            .WithSummary("Says why the version should not be used any more: it is not the latest, no run starts from it, it is not deployed.");
        version.MapPost("/reinstate", ReinstateAsync).RequireScope(Scopes.ModelsWrite)
            .WithSummary("Takes a deprecation back.");
        version.MapDelete("", DeleteAsync).RequireScope(Scopes.ModelsWrite)
            .WithSummary("Deletes a version that nothing uses. Its name is never used again.");
        version.MapGet("/compare/{other}", CompareAsync).RequireScope(Scopes.ModelsRead).WithoutTurn()
            .WithSummary("What the other version has, measured from this one: metrics, lineage, and the weights tensor by tensor.");
    }

    private static async Task<Results<Ok<ModelVersionResponse>, Refusal>> GetAsync(string model, string version, Caller caller, ModelNames names) =>
        (await names.FindAsync(caller, model)).Is(out var found, out var refusal) ? Show(found, version) : refusal;

    private static async Task<Results<Ok<ModelVersionResponse>, Refusal>> DeprecateAsync(
        string model, string version, DeprecateVersionRequest request, Caller caller, ModelNames names, IGrainFactory grains)
    {
        var checks = new FieldChecks().Text("reason", request.Reason)
            .Require(!string.IsNullOrWhiteSpace(request.Reason), "reason", "must say why the version should not be used any more");
        return checks.Refusal is { } invalid ? invalid : await SetDeprecationAsync(model, version, request.Reason, (caller, names, grains));
    }

    private static Task<Results<Ok<ModelVersionResponse>, Refusal>> ReinstateAsync(
        string model, string version, Caller caller, ModelNames names, IGrainFactory grains) => SetDeprecationAsync(model, version, null, (caller, names, grains));

    private static async Task<Results<Ok<ModelVersionResponse>, Refusal>> SetDeprecationAsync(
        string model, string version, string? reason, (Caller Caller, ModelNames Names, IGrainFactory Grains) services)
    {
        if (!(await services.Names.FindAsync(services.Caller, model)).Is(out var found, out var refusal))
        {
            return refusal;
        }

        var change = await services.Grains.GetModel(found.Id).DeprecateAsync(services.Caller.OrganizationId, version, reason);
        if (VersionChanges.Of(change, found, version) is { } refused)
        {
            return refused;
        }

        // By its own name: an alias may have moved with it.
        return (await services.Names.FindAsync(services.Caller, found.Id)).Is(out found, out refusal) ? Show(found, change.Version!) : refusal;
    }

    private static async Task<Results<Ok<DeletedVersionResponse>, Refusal>> DeleteAsync(
        string model, string version, Caller caller, ModelNames names, IGrainFactory grains)
    {
        if (!(await names.FindAsync(caller, model)).Is(out var found, out var refusal))
        {
            return refusal;
        }

        // An alias, too, is a use: only a version's own name deletes it.
        var change = await grains.GetModel(found.Id).DeleteVersionAsync(caller.OrganizationId, version);
        return VersionChanges.Of(change, found, version) is { } refused
            ? refused
            : TypedResults.Ok(new DeletedVersionResponse { Version = version, Status = "deleted" });
    }

    private static async Task<Results<Ok<VersionComparisonResponse>, Refusal>> CompareAsync(
        string model, string version, string other, Caller caller, ModelNames names, VersionComparisons comparisons, CancellationToken cancellationToken)
    {
        if (!(await names.FindAsync(caller, model)).Is(out var found, out var refusal))
        {
            return refusal;
        }

        return found.Find(version) is not { } from ? Unknown(found, version)
            : found.Find(other) is not { } to ? Unknown(found, other)
            : TypedResults.Ok(await comparisons.CompareAsync(found, from, to, cancellationToken));
    }

    private static Results<Ok<ModelVersionResponse>, Refusal> Show(ModelSnapshot model, string version) =>
        model.Find(version) is { } found ? TypedResults.Ok(VersionMessages.Of(model, found)) : Unknown(model, version);

    private static Refusal Unknown(ModelSnapshot model, string version) => Refusal.NotFound($"version of {model.Description.Name}", version);
}
