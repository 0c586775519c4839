using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Organizations;

namespace Octomil.Models;

/// <summary>Names that stand for versions, such as <c>production</c>; they may be used wherever a version is asked for.</summary>
internal static class ModelAliasEndpoints
{
    public static void MapModelAliases(this IEndpointRouteBuilder api)
    {
        var aliases = api.MapGroup("/models/{model}/aliases").WithTags("Models");
        aliases.MapGet("", ListAsync).RequireScope(ModelEndpoints.Readers)
            .WithSummary("The aliases that are set. 'latest' always works: unless it is set, it is the newest version that is not deprecated.");
        aliases.MapPut("/{alias}", SetAsync).RequireScope(Scopes.ModelsWrite)
            .WithSummary("Lets a name stand for a version, from now on.");
        aliases.MapDelete("/{alias}", RemoveAsync).RequireScope(Scopes.ModelsWrite)
            .WithSummary("Takes a name away; the version stays.");
    }

    private static async Task<Results<Ok<AliasList>, Refusal>> ListAsync(string model, Caller caller, ModelNames names) =>
        (await names.FindAsync(caller, model)).Is(out var found, out var refusal) ? TypedResults.Ok(new AliasList { Aliases = found.Aliases }) : refusal;

    private static async Task<Results<Ok<AliasList>, Refusal>> SetAsync(
        string model, string alias, SetAliasRequest request, Caller caller, ModelNames names, IGrainFactory grains)
    {
        var checks = new FieldChecks()
            .Require(ModelVersions.IsAlias(alias), "alias", "must begin with a lower-case letter and have at most 63 lower-case letters, digits, '.', '_' or '-'")
            .Require(request.Version is { Length: >= 1 and <= 128 }, "version", "must be a version or another alias");
        return checks.Refusal is { } invalid ? invalid : await ChangeAsync(model, alias, request.Version, (caller, names, grains));
    }

    private static Task<Results<Ok<AliasList>, Refusal>> RemoveAsync(string model, string alias, Caller caller, ModelNames names, IGrainFactory grains) =>
        ChangeAsync(model, alias, null, (caller, names, grains));

    private static async Task<Results<Ok<AliasList>, Refusal>> ChangeAsync(
        string model, string alias, string? version, (Caller Caller, ModelNames Names, IGrainFactory Grains) services)
    {
        if (!(await services.Names.FindAsync(services.Caller, model)).Is(out var found, out var refusal))
        {
            return refusal;
        }

        var change = await services.Grains.GetModel(found.Id).SetAliasAsync(services.Caller.OrganizationId, alias, version);
        if (version is null && change.Result is VersionChangeResult.VersionNotFound)
        {
            return Refusal.NotFound($"alias of {found.Description.Name}", alias);
        }

        return VersionChanges.Of(change, found, version ?? alias) is { } refused ? refused : await ListAsync(found.Id, services.Caller, services.Names);
    }
}
