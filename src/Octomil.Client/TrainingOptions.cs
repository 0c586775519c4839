namespace Octomil.Client;

/// <summary>How long to take part.</summary>
public sealed record TrainingOptions
{
    /// <summary>Rounds after which to leave; null: until the run ends.</summary>
    public int? Rounds { get; init; }

    /// <summary>How long to wait for a run that selects this device. Once selected it stays for as long as the run takes.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The column to predict; null where the data source or the model knows it.</summary>
    public string? TargetColumn { get; init; }
}
