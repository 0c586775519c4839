using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Octomil.Organizations;

namespace Octomil.Federations;

/// <summary>Federations as the caller's organization sees them.</summary>
internal static class FederationEndpoints
{
    public static IServiceCollection AddFederations(this IServiceCollection services)
    {
        services.TryAddSingleton<FederationNames>();
        return services;
    }

    public static void MapFederations(this IEndpointRouteBuilder api)
    {
        var federations = api.MapGroup("/federations").WithTags("Federations");
        federations.MapGet("", ListAsync).RequireScope(Scopes.FederationsAdmin, Scopes.TrainingRead, Scopes.AdminRead)
            .WithSummary("The federations that the organization owns, is a member of or is invited to.");
        federations.MapPost("", CreateAsync).RequireScope(Scopes.FederationsAdmin)
            .WithSummary("Creates a federation; its owner is the key's organization. The same name again is the same federation.");
        federations.MapGet("/{federation}", GetAsync).RequireScope(Scopes.FederationsAdmin, Scopes.TrainingRead, Scopes.AdminRead)
            .WithSummary("One federation, by id or name.");
        federations.MapFederationMembers();
        federations.MapFederationModels();
    }

    private static async Task<Ok<FederationResponse[]>> ListAsync(string? name, Caller caller, FederationNames names) =>
        TypedResults.Ok((await names.ListAsync(caller, name)).Select(Response).ToArray());

    private static async Task<Results<Ok<FederationResponse>, Refusal>> CreateAsync(
        CreateFederationRequest request, Caller caller, IGrainFactory grains)
    {
        if (new FieldChecks().Name("name", request.Name).Text("description", request.Description).Refusal is { } invalid)
        {
            return invalid;
        }

        var organization = grains.GetOrganization(caller.OrganizationId);
        if (await organization.GetAsync() is not { } owner)
        {
            return Refusal.NotFound("organization", caller.OrganizationId);
        }

        var id = await organization.ClaimFederationAsync(request.Name);
        var federation = grains.GetFederation(id);
        return await federation.CreateAsync(owner.Id, owner.Name, request.Name, request.Description)
            && await federation.GetAsync(owner.Id) is { } created
            ? TypedResults.Ok(Response(created))
            : Refusal.Conflict(ErrorCodes.NameTaken, $"The name '{request.Name}' cannot be used. Take another.");
    }

    private static async Task<Results<Ok<FederationResponse>, Refusal>> GetAsync(string federation, Caller caller, FederationNames names) =>
        (await names.FindAsync(caller, federation)).Is(out var found, out var refusal) ? TypedResults.Ok(Response(found)) : refusal;

    private static FederationResponse Response(FederationSnapshot federation) => new()
    {
        Id = federation.Id,
        Name = federation.Name,
        Description = federation.Description,
        CreatedAt = federation.CreatedAt,
        OrgId = federation.OwnerId,
    };
}
