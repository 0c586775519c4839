using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Xunit;

namespace Octomil.Api.Tests.Fixtures;

/// <summary>What the API answered to one call.</summary>
internal sealed record Answer(string What, HttpStatusCode Status, byte[] Body, HttpResponseHeaders Headers, HttpContentHeaders ContentHeaders)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Body);

    private JsonElement Json
    {
        get
        {
            using var document = JsonDocument.Parse(Body);
            return document.RootElement.Clone();
        }
    }

    /// <summary>The body of an answer that must be 200.</summary>
    public JsonElement Ok()
    {
        Assert.True(Status is HttpStatusCode.OK, $"{What}: {(int)Status} {Text}");
        Assert.Equal("application/json", ContentHeaders.ContentType?.MediaType);
        return Json;
    }

    /// <summary>The problem document of a refusal that must be this one.</summary>
    public JsonElement Refused(int status, string code)
    {
        Assert.True((int)Status == status, $"{What}: {(int)Status} instead of {status}: {Text}");
        Assert.Equal("application/problem+json", ContentHeaders.ContentType?.MediaType);
        Assert.Equal(code, Json.Text("code"));
        Assert.Equal(status, Json.Number("status"));
        Assert.NotEmpty(Json.Text("detail"));
        return Json;
    }

    /// <summary>A refusal whose problem document names the field.</summary>
    public void RefusedFor(string field, int status = 400, string code = ErrorCodes.InvalidRequest)
    {
        var problem = Refused(status, code);
        Assert.Contains(field, problem.Text("detail"), StringComparison.Ordinal);
    }
}

/// <summary>Short ways into JSON.</summary>
internal static class JsonAccess
{
    public static string Text(this JsonElement json, string name) => json.GetProperty(name).GetString()!;

    public static long Number(this JsonElement json, string name) => json.GetProperty(name).GetInt64();

    public static IEnumerable<JsonElement> List(this JsonElement json, string name) => json.GetProperty(name).EnumerateArray();

    public static bool Has(this JsonElement json, string name) => json.TryGetProperty(name, out _);
}
