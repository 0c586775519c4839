using Orleans.Dashboard;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Octomil.Server;

/// <summary>
/// Metrics and traces, as OpenTelemetry has them: scraped from <c>/metrics</c>, and sent by OTLP, logs too, where the usual
/// <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says where to. Tags are of small sets (kinds, results, routes): never a device, a key, a path.
/// </summary>
internal static class Telemetry
{
    private const string Everything = "octomil.*";

    /// <summary>More sets of tags than any metric of ours has; what comes beyond is counted together.</summary>
    private const int MostSeries = 1_000;

    public static IServiceCollection AddOctomilTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("octomil"))
            .WithMetrics(metrics => metrics
                .AddMeter(Everything, "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel")
                .AddRuntimeInstrumentation()
                .AddView(instrument => new MetricStreamConfiguration { CardinalityLimit = MostSeries })
                .AddPrometheusExporter())
            .WithTracing(traces => traces
                .AddSource(Everything, "Microsoft.Orleans.Application")
                .AddAspNetCoreInstrumentation(options => options.EnrichWithHttpResponse = (activity, response) => Redact(activity, response.HttpContext)));

        if (!string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            telemetry.UseOtlpExporter();
        }

        return services;
    }

    /// <summary><c>/metrics</c>, and the Orleans dashboard under <c>/orleans</c>, for whoever runs the service.</summary>
    public static void MapOctomilTelemetry(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapPrometheusScrapingEndpoint("/metrics").RequireMetricsReader();
        // Pages, and no part of the API that /docs describes.
        endpoints.MapOrleansDashboard("/orleans").ExcludeFromDescription().RequireOperator();
    }

    // Paths name devices, and one is a ticket that opens a download.
    private static void Redact(System.Diagnostics.Activity activity, HttpContext context)
    {
        activity.SetTag("url.path", (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText);
        activity.SetTag("url.query", null);
    }
}
