using System.Net.Http.Headers;
using System.Net.Http.Json;
using Xunit;

namespace Octomil.Api.Tests.Fixtures;

/// <summary>Calls the API with one key, or none. Paths are below <c>/api/v1</c>, or whole.</summary>
internal sealed class ApiCaller(HttpClient http, Uri address, string? key, string organizationId)
{
    private static readonly string[] _wholePaths = ["/api/", "/hubs/", "/health/", "/openapi/", "/docs"];

    /// <summary>The organization of the key; empty where nobody needs to know it.</summary>
    public string OrganizationId => organizationId;

    public string? Key => key;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public Task<Answer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    /// <summary>POST of a JSON body; null: no body at all.</summary>
    public Task<Answer> PostAsync(string path, object? body = null) => SendAsync(HttpMethod.Post, path, body is null ? null : JsonContent.Create(body));

    public Task<Answer> PutAsync(string path, object body) => SendAsync(HttpMethod.Put, path, JsonContent.Create(body));

    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var response = await OpenAsync(method, path, content, HttpCompletionOption.ResponseContentRead, headers);
        return new Answer(
            $"{method} {path}", response.StatusCode, await response.Content.ReadAsByteArrayAsync(Cancellation), response.Headers, response.Content.Headers);
    }

    /// <summary>The answer while its body may still be coming.</summary>
    public async Task<HttpResponseMessage> OpenAsync(
        HttpMethod method, string path, HttpContent? content, HttpCompletionOption completion, params (string Name, string Value)[] headers)
    {
        var prefix = Array.Exists(_wholePaths, whole => path.StartsWith(whole, StringComparison.Ordinal)) ? "" : "/api/v1";
        using var request = new HttpRequestMessage(method, new Uri(address, prefix + path)) { Content = content };
        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await http.SendAsync(request, completion, Cancellation);
    }

    /// <summary>Another key of the same organization, with these scopes alone.</summary>
    public async Task<ApiCaller> WithScopesAsync(params string[] scopes) => With((await CreateKeyAsync(scopes)).Text("api_key"));

    public async Task<System.Text.Json.JsonElement> CreateKeyAsync(params string[] scopes) =>
        (await PostAsync("/api-keys", new { name = "a key", scopes })).Ok();

    public ApiCaller With(string? otherKey) => new(http, address, otherKey, organizationId);
}
