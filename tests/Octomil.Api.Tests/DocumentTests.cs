using System.Net;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Octomil.Api.Tests.Fixtures;
using Xunit;

namespace Octomil.Api.Tests;

public sealed class DocumentTests(ApiServer server)
{
    private static readonly string[] _open = ["/health/", "/api/v1/downloads/", "/api/v1/auth/"];

    [Fact]
    public async Task Document_ListsEveryMappedEndpoint()
    {
        var documented = (await OperationsAsync()).Select(operation => $"{operation.Method} {operation.Path.TrimEnd('/')}").Order(StringComparer.Ordinal);

        var mapped = server.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText is { } path
                && (path.StartsWith("/api/", StringComparison.Ordinal) || path.StartsWith("/health/", StringComparison.Ordinal)))
            .SelectMany(endpoint => endpoint.Metadata.GetRequiredMetadata<IHttpMethodMetadata>().HttpMethods
                .Select(method => $"{method} {endpoint.RoutePattern.RawText!.TrimEnd('/')}"))
            .Order(StringComparer.Ordinal).ToList();

        Assert.True(mapped.Count > 40, $"Only {mapped.Count} endpoints are mapped.");
        Assert.Equal(mapped, documented);
    }

    [Fact]
    public async Task Document_SaysOfEveryOperationWhatItDoesAndWhichScopeItNeeds()
    {
        foreach (var (method, path, operation) in await OperationsAsync())
        {
            Assert.True(operation.Has("summary"), $"{method} {path} has no summary.");
            Assert.True(IsOpen(path) || operation.Has("security"), $"{method} {path} names no key.");
        }
    }

    [Fact]
    public void Endpoints_ThatNeedNoKey_AreTheOnesThatAreMeantTo()
    {
        var anonymous = server.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null
                || (endpoint.Metadata.GetMetadata<IAuthorizeData>() is null && endpoint.Metadata.GetMetadata<AuthorizationPolicy>() is null))
            .Select(endpoint => endpoint.RoutePattern.RawText!);

        Assert.All(anonymous, path => Assert.Contains(
            ((string[])["/health/", "/api/v1/downloads/", "/api/v1/auth/", "/openapi/", "/docs"]), prefix => path.StartsWith(prefix, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Page_OfTheDocument_IsServedAndAsksNobodyElse()
    {
        var page = await server.Anonymous.GetAsync("/docs/");

        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.Status, page.ContentHeaders.ContentType?.MediaType));
        Assert.Contains("openapi", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("https://cdn.", page.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/health/live", "live")]
    [InlineData("/health/ready", "ready")]
    public async Task Health_NeedsNoKey(string path, string status) =>
        Assert.Equal(status, (await server.Anonymous.GetAsync(path)).Ok().Text("status"));

    private Task<IReadOnlyList<Operation>> OperationsAsync() => Operation.AllAsync(server);

    private static bool IsOpen(string path) => Array.Exists(_open, prefix => path.StartsWith(prefix, StringComparison.Ordinal));
}
