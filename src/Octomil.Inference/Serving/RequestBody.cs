using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Octomil.Inference.Serving;

/// <summary>JSON bodies, bounded.</summary>
internal static class RequestBody
{
    /// <summary>Larger than any image or table that is one question.</summary>
    public const long MostBytes = 8 * 1024 * 1024;

    /// <exception cref="InferenceException">It is no JSON, or not of this shape.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest request) where T : class
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<T>(request.Body, ContractJson.Options, request.HttpContext.RequestAborted)
                ?? throw InferenceException.Invalid("The body must be a JSON object, not null.");
        }
        catch (JsonException exception)
        {
            throw InferenceException.Invalid($"The body is not the JSON that is expected here: {exception.Message}", inner: exception);
        }
    }
}
