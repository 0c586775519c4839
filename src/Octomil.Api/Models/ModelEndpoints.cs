using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Octomil.Devices;
using Octomil.Organizations;
using Octomil.Training;

namespace Octomil.Models;

/// <summary>The model registry.</summary>
internal static class ModelEndpoints
{
    /// <summary>Whoever trains a model must read it.</summary>
    internal static readonly string[] Readers = [Scopes.ModelsRead, Scopes.DevicesWrite];

    public static void MapModelRegistry(this IEndpointRouteBuilder api)
    {
        var models = api.MapGroup("/models").WithTags("Models");
        models.MapPost("", CreateAsync).RequireScope(Scopes.ModelsWrite)
            .WithSummary("Adds a model to the organization's registry; the same name again is the same model.");
        models.MapGet("", ListAsync).RequireScope(Readers).OfDeviceProtocol()
            .WithSummary("The organization's models and those shared through its active federations.");
        models.MapGet("/{model}", GetAsync).RequireScope(Readers).OfDeviceProtocol()
            .WithSummary("One model, by id or name; architecture is the latest version's.");
    }

    private static async Task<Results<Ok<ModelResponse>, Refusal>> CreateAsync(CreateModelRequest request, Caller caller, IGrainFactory grains)
    {
        var checks = new FieldChecks().Name("name", request.Name)
            .Text("description", request.Description).Text("framework", request.Framework).Text("use_case", request.UseCase);
        if (checks.Refusal is { } invalid)
        {
            return invalid;
        }

        var id = await grains.GetOrganization(caller.OrganizationId).ClaimModelAsync(request.Name);
        var model = grains.GetModel(id);
        return await model.CreateAsync(caller.OrganizationId, new ModelDescription
        {
            Name = request.Name,
            Description = request.Description,
            Framework = request.Framework,
            UseCase = request.UseCase,
        }) && await model.GetAsync(caller.OrganizationId) is { } created
            ? TypedResults.Ok(Response(created))
            : Refusal.Conflict(ErrorCodes.NameTaken, $"The name '{request.Name}' cannot be used. Take another.");
    }

    private static async Task<Results<Ok<ModelList>, Refusal>> ListAsync(
        Caller caller, ModelNames names, IGrainFactory grains, string? name = null, int limit = 100, int offset = 0)
    {
        if (new FieldChecks().Page(limit, offset).Refusal is { } invalid)
        {
            return invalid;
        }

        var all = await names.ListAsync(caller, name);
        var page = await FanOut.ReadAsync(all.Skip(offset).Take(limit), model => grains.GetModel(model.Id).GetAsync(caller.OrganizationId));
        return TypedResults.Ok(new ModelList { Models = [.. page.Select(Response)], Total = all.Count, Limit = limit, Offset = offset });
    }

    private static async Task<Results<Ok<ModelResponse>, Refusal>> GetAsync(string model, Caller caller, ModelNames names) =>
        (await names.FindAsync(caller, model)).Is(out var found, out var refusal) ? TypedResults.Ok(Response(found)) : refusal;

    private static ModelResponse Response(ModelSnapshot model) => new()
    {
        Id = model.Id,
        Name = model.Description.Name,
        Framework = model.Description.Framework,
        Description = model.Description.Description,
        UseCase = model.Description.UseCase,
        OrgId = model.OwnerId,
        CreatedAt = model.CreatedAt,
        LatestVersion = model.Latest?.Version,
        Architecture = AssignmentMessages.Json((model.Latest ?? model.Versions.LastOrDefault())?.ArchitectureJson),
        Federations = [.. model.Federations],
        Aliases = model.Aliases,
    };
}
