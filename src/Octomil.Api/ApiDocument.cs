using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Octomil.Organizations;
using Scalar.AspNetCore;

namespace Octomil;

/// <summary>The OpenAPI document and the page to browse it.</summary>
internal static class ApiDocument
{
    private const string SecurityScheme = "ApiKey";

    public static IServiceCollection AddApiDocument(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo
            {
                Title = "Octomil",
                Version = "v1",
                Description = "Federated training: organizations, devices, federations, models and the rounds that train them. "
                    + "Every answer from 400 up is problem details with a stable code.",
            };
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal);
            document.Components.SecuritySchemes[SecurityScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "An API key, edg_..., or the access token of a person or a device.",
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer(DescribeScopes);
    });

    public static void MapApiDocument(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapOpenApi("/openapi/{documentName}.json");
        endpoints.MapScalarApiReference("/docs", options => options
            .WithTitle("Octomil API")
            .WithOpenApiRoutePattern("/openapi/{documentName}.json")

            // Nothing of this page may come from, or go to, another host: it works in a closed network.
            .DisableDefaultFonts()
            .DisableAgent()
            .DisableMcp()
            .DisableTelemetry()
            .HideDeveloperTools()
            .AddPreferredSecuritySchemes(SecurityScheme));
    }

    private static Task DescribeScopes(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (!metadata.OfType<IAuthorizeData>().Any() && !metadata.OfType<AuthorizationPolicy>().Any())
        {
            return Task.CompletedTask;
        }

        operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(SecurityScheme, context.Document)] = [] }];
        var scopes = metadata.OfType<AuthorizationPolicy>().SelectMany(policy => policy.Requirements).OfType<ScopeRequirement>().FirstOrDefault();
        if (scopes is { AnyOf.Count: > 0 })
        {
            operation.Description = $"Scope: {string.Join(" or ", scopes.AnyOf)}.";
        }

        return Task.CompletedTask;
    }
}
