namespace Octomil.Inference.Serving;

/// <summary>Where the served version comes from, for <c>/health</c>.</summary>
internal sealed class ServingState(DateTimeOffset since)
{
    public DateTimeOffset Since { get; } = since;

    /// <summary>In plain words.</summary>
    public string? Source { get; set; }
}
