using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Octomil.Deployments;
using Octomil.Devices;
using Octomil.Experiments;
using Octomil.Federations;
using Octomil.Models;
using Octomil.Organizations;
using Octomil.Training;
using Octomil.Webhooks;

namespace Octomil;

/// <summary>The HTTP API and the device hub, for the process that hosts them.</summary>
public static class OctomilApi
{
    internal const string Prefix = "/api/v1";

    private static readonly PathString[] _paths = ["/api", "/hubs", "/health", "/openapi", "/metrics", "/orleans"];

    /// <summary>Everything the API needs beside the silo's own services.</summary>
    public static IServiceCollection AddOctomilApi(this IServiceCollection services)
    {
        services.Configure<JsonOptions>(options =>
        {
            ContractJson.Configure(options.SerializerOptions);

            // A null where the contract has none is the caller's error, not an empty field.
            options.SerializerOptions.RespectNullableAnnotations = true;
        });

        // So that a body that cannot be read is answered by ApiErrors, in every environment.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
        services.AddOptions<RequestOptions>().BindConfiguration(RequestOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RequestOptions>, RequestOptionsValidator>());
        services.AddOptions<RateLimitOptions>().BindConfiguration(RateLimitOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<RateLimitOptions>, RateLimitOptionsValidator>());
        ConnectionMemoryFactory.Decorate(services);
        services.AddRateLimiter(_ => { });
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<RateLimiterOptions>, RateLimits>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<ForwardedHeadersOptions>, TrustedProxies>());
        return services.AddOrganizations().AddDevices().AddFederations().AddModels().AddDeployments().AddExperiments().AddTraining().AddApiDocument();
    }

    /// <summary>
    /// Errors of the API's own paths as problem details, then authentication, authorization and turns for the whole process: called before
    /// any other middleware that asks who the caller is, so that a key that cannot be looked up is answered as well.
    /// </summary>
    public static IApplicationBuilder UseOctomilApi(this IApplicationBuilder app)
    {
        app.UseForwardedHeaders();
        app.UseWhen(
            context => Array.Exists(_paths, path => context.Request.Path.StartsWithSegments(path)),
            api => api.UseMiddleware<ApiErrors>());
        return app.UseAuthentication().UseRateLimiter().UseAuthorization().UseMiddleware<FairRequests>();
    }

    /// <summary>Needs a key with the operator's scope: what is behind shows all organizations.</summary>
    public static TBuilder RequireOperator<TBuilder>(this TBuilder endpoints) where TBuilder : IEndpointConventionBuilder =>
        endpoints.RequireScope(Scopes.Operator);

    /// <summary>Needs a key of whoever runs the service, or one that may read metrics and nothing else.</summary>
    public static TBuilder RequireMetricsReader<TBuilder>(this TBuilder endpoints) where TBuilder : IEndpointConventionBuilder =>
        endpoints.RequireScope(Scopes.Operator, Scopes.MetricsRead);

    /// <summary>Every endpoint: <c>/api/v1</c>, <c>/hubs/devices</c>, <c>/openapi/v1.json</c>, <c>/docs</c>, <c>/health</c>.</summary>
    public static IEndpointRouteBuilder MapOctomilApi(this IEndpointRouteBuilder endpoints)
    {
        var api = endpoints.MapGroup(Prefix).WithBodyLimit(RequestLimits.JsonBytes).AddEndpointFilter<RouteGroupBuilder, AuditFilter>();
        api.MapOrganizations();
        api.MapAuth();
        api.MapMembers();
        api.MapDevices();
        api.MapDeviceGroups();
        api.MapFederations();
        api.MapModels();
        api.MapDeployments();
        api.MapExperiments();
        api.MapTraining();
        api.MapWebhooks();
        endpoints.MapDeviceHub();
        endpoints.MapApiDocument();
        endpoints.MapHealth();
        return endpoints;
    }
}
