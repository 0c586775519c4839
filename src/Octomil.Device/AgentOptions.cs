namespace Octomil.Device;

/// <summary>What the agent was asked to do.</summary>
internal sealed record AgentOptions
{
    /// <summary>Null where <see cref="TokenFile"/> takes its place.</summary>
    public required string? ApiKey { get; init; }

    /// <summary>Tokens of this device alone, which are renewed in the file.</summary>
    public string? TokenFile { get; init; }

    /// <summary>Null: the SDK's default.</summary>
    public string? ApiBase { get; init; }
    public required string Identifier { get; init; }
    public required IReadOnlyList<AgentModel> Models { get; init; }

    /// <summary>Where the versions that this device should run are kept; null: they are not downloaded.</summary>
    public string? VersionFolder { get; init; }
    public required int Threads { get; init; }

    /// <summary>Where the device keeps what some strategies need from round to round; null: in memory.</summary>
    public string? StateFolder { get; init; }
    public required bool UntilRunEnds { get; init; }
    public required bool Verbose { get; init; }
}

/// <summary>A model, the data it is trained on here, and the column to predict where it was named.</summary>
internal sealed record AgentModel(string Name, string Data, string? Target);
