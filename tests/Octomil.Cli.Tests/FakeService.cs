using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Octomil;

/// <summary>A service that answers as the contract says, with what a test gives it, and remembers what it was asked.</summary>
internal sealed class FakeService : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, RequestDelegate> _answers = new();
    private readonly WebApplication _application;

    private FakeService(WebApplication application) => _application = application;

    public string Address { get; private set; } = "";

    /// <summary>Every request: "POST /models", with the query.</summary>
    public ConcurrentQueue<Asked> Requests { get; } = new();

    public IEnumerable<string> Calls => Requests.Select(request => request.Call);

    public static async Task<FakeService> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        builder.Logging.ClearProviders();
        var service = new FakeService(builder.Build());
        service._application.Run(service.AnswerAsync);
        await service._application.StartAsync(TestContext.Current.CancellationToken);
        service.Address = service._application.Urls.Single();
        return service;
    }

    /// <param name="call">Method and path below /api/v1, without the query.</param>
    /// <param name="answer">What is answered.</param>
    public FakeService On(string call, RequestDelegate answer)
    {
        _answers[call] = answer;
        return this;
    }

    public FakeService On(string call, object answer, int status = 200) => On(call, context =>
    {
        context.Response.StatusCode = status;
        return WriteJsonAsync(context, answer);
    });

    public FakeService Refuse(string call, int status, string code, string detail) => On(call, context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        return context.Response.WriteAsync(JsonSerializer.Serialize(new { title = "Refused", status, code, detail }));
    });

    public static Task WriteJsonAsync(HttpContext context, object answer)
    {
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(answer as string ?? JsonSerializer.Serialize(answer, answer.GetType(), ContractJson.Options));
    }

    public T Body<T>(string call) =>
        JsonSerializer.Deserialize<T>(Requests.Last(request => request.Call == call).Body, ContractJson.Options)!;

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        Assert.StartsWith("/api/v1/", path, StringComparison.Ordinal);
        var call = $"{context.Request.Method} {path["/api/v1".Length..]}";
        var isJson = context.Request.ContentType?.StartsWith("application/json", StringComparison.Ordinal) == true;
        var body = isJson ? await new StreamReader(context.Request.Body).ReadToEndAsync() : "";
        Requests.Enqueue(new Asked(call + context.Request.QueryString.Value, body, context.Request.Headers.Authorization.ToString()));
        if (_answers.TryGetValue(call, out var answer))
        {
            await answer(context);
            return;
        }

        context.Response.StatusCode = 404;
        context.Response.ContentType = "application/problem+json";
        await context.Response.WriteAsync(JsonSerializer.Serialize(new { code = "not_found", detail = $"Nothing is at {path}." }));
    }

    internal sealed record Asked(string Call, string Body, string Authorization);
}
