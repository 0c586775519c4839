using System.Net.Http.Headers;

namespace Octomil.Api.Tests.Fixtures;

/// <summary>Calls about models.</summary>
internal static class ModelCalls
{
    public static HttpContent Bytes(byte[] bytes) =>
        new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };

    /// <summary>Uploads a version; parts that are null are left out.</summary>
    public static Task<Answer> UploadAsync(this ApiCaller caller, string model, string? version, byte[]? file, string? architecture = null)
    {
        var form = new MultipartFormDataContent();
        if (version is not null)
        {
            form.Add(new StringContent(version), "version");
        }

        if (architecture is not null)
        {
            form.Add(new StringContent(architecture), "architecture");
        }

        if (file is not null)
        {
            form.Add(Bytes(file), "file", "weights.safetensors");
        }

        return caller.SendAsync(HttpMethod.Post, $"/models/{model}/versions/upload", form);
    }

    /// <summary>A model with its first version; the model's id.</summary>
    public static async Task<string> PushAsync(this ApiCaller caller, string model, byte[]? file, string? architecture = null)
    {
        var id = (await caller.PostAsync("/models", new { name = model })).Ok().Text("id");
        (await caller.UploadAsync(model, "1.0.0", file, architecture)).Ok();
        return id;
    }

    /// <summary>Makes a federation of two; both are active and the owner's model is shared.</summary>
    public static async Task FederateAsync(this ApiCaller owner, string federation, ApiCaller member, string? model = null)
    {
        (await owner.PostAsync("/federations", new { name = federation })).Ok();
        (await owner.PostAsync($"/federations/{federation}/invite", new { org_ids = new[] { member.OrganizationId } })).Ok();
        (await member.PostAsync($"/federations/{federation}/join", new { org_id = "default" })).Ok();
        if (model is not null)
        {
            (await owner.PostAsync($"/federations/{federation}/models", new { model_id = model })).Ok();
        }
    }
}
