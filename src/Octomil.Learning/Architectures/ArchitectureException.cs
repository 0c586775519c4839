namespace Octomil.Learning.Architectures;

/// <summary>A description of an architecture that cannot be used; the message names the field and says what it must be.</summary>
public sealed class ArchitectureException : Exception
{
    public ArchitectureException(string field, string expected)
        : base($"The architecture's '{field}' must be {expected}.") => Field = field;

    public ArchitectureException(string message)
        : base(message)
    {
    }

    public ArchitectureException()
        : this("The architecture cannot be used.")
    {
    }

    public ArchitectureException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The field, such as <c>features[2].categories</c>.</summary>
    public string Field { get; } = "";
}
