using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Models;
using Octomil.Organizations;

namespace Octomil.Federations;

/// <summary>Models that the owner of a federation shares with its members.</summary>
internal static class FederationModelEndpoints
{
    public static void MapFederationModels(this IEndpointRouteBuilder federations)
    {
        federations.MapGet("/{federation}/models", ListAsync).RequireScope(Scopes.FederationsAdmin, Scopes.ModelsRead, Scopes.TrainingRead)
            .WithSummary("The shared models; empty for an organization that has not joined yet.");
        federations.MapPost("/{federation}/models", ShareAsync).RequireScope(Scopes.FederationsAdmin)
            .WithSummary("Shares one of the owner's models with the active members; again is the same.");
        federations.MapDelete("/{federation}/models/{model}", UnshareAsync).RequireScope(Scopes.FederationsAdmin)
            .WithSummary("Takes a model back from the members; again is the same. Not while a run trains it.");
    }

    private static async Task<Results<Ok<SharedModelResponse[]>, Refusal>> UnshareAsync(
        string federation, string model, Caller caller, FederationNames names, ModelNames models, IGrainFactory grains)
    {
        if (!(await names.FindAsync(caller, federation)).Is(out var found, out var refusal)
            || !(await models.FindAsync(caller, model)).Is(out var shared, out refusal))
        {
            return refusal;
        }

        var grain = grains.GetFederation(found.Id);
        var result = await grain.UnshareModelAsync(caller.OrganizationId, shared.Id);
        return FederationRefusals.Of(result, federation) is { } refused
            ? refused
            : TypedResults.Ok(Models(await grain.GetAsync(caller.OrganizationId) ?? found));
    }

    private static async Task<Results<Ok<SharedModelResponse[]>, Refusal>> ListAsync(string federation, Caller caller, FederationNames names) =>
        (await names.FindAsync(caller, federation)).Is(out var found, out var refusal) ? TypedResults.Ok(Models(found)) : refusal;

    private static async Task<Results<Ok<SharedModelResponse[]>, Refusal>> ShareAsync(
        string federation, ShareModelRequest request, Caller caller, FederationNames names, ModelNames models, IGrainFactory grains)
    {
        if (!(await names.FindAsync(caller, federation)).Is(out var found, out var refusal)
            || !(await models.FindAsync(caller, request.ModelId)).Is(out var model, out refusal))
        {
            return refusal;
        }

        var grain = grains.GetFederation(found.Id);
        var result = await grain.ShareModelAsync(caller.OrganizationId, model.Id);
        if (FederationRefusals.Of(result, federation) is { } refused)
        {
            return refused;
        }

        return TypedResults.Ok(Models(await grain.GetAsync(caller.OrganizationId) ?? found));
    }

    private static SharedModelResponse[] Models(FederationSnapshot federation) =>
        [.. federation.Models.Select(model => new SharedModelResponse { Id = model.Key, Name = model.Value })];
}
