namespace Octomil.Models;

/// <summary>What one push sends.</summary>
internal sealed record PushedVersion
{
    public required string Model { get; init; }
    public required string Version { get; init; }
    public string? Description { get; init; }

    /// <summary>JSON text.</summary>
    public string? Architecture { get; init; }
    public FileInfo? Weights { get; init; }

    public MultipartFormDataContent ToContent(Action<long> progress)
    {
        var content = new MultipartFormDataContent { { new StringContent(Version), "version" } };
        if (Description is not null)
        {
            content.Add(new StringContent(Description), "description");
        }

        if (Architecture is not null)
        {
            content.Add(new StringContent(Architecture), "architecture");
        }

        // The file comes last, so that a service that streams knows the rest by then.
        if (Weights is not null)
        {
            content.Add(new FileContent(Weights, progress), "file", Weights.Name);
        }

        return content;
    }
}
