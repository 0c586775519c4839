namespace Octomil.DeviceSimulator.Fleet;

/// <summary>What is simulated. Probabilities are drawn for each device and round from the seed.</summary>
internal sealed record SimulationOptions
{
    /// <summary>The servers; devices are spread over them in turn.</summary>
    public required IReadOnlyList<string> Servers { get; init; }

    /// <summary>API keys, of one organization each; devices are spread over them in turn.</summary>
    public required IReadOnlyList<string> Keys { get; init; }
    public required string Model { get; init; }
    public required int Devices { get; init; }

    /// <summary>Devices are <c>PREFIX-0</c>, <c>PREFIX-1</c>, ...</summary>
    public string Prefix { get; init; } = "simulated";
    public long Seed { get; init; } = 1;
    public ThinkTime Think { get; init; } = ThinkTime.None;

    /// <summary>Probability that a device does not answer a round: half of them stay silent, half break off in the middle.</summary>
    public double DropOut { get; init; }

    /// <summary>Probability that an update is sent twice at once; to another server, where there is one.</summary>
    public double Duplicates { get; init; }

    /// <summary>Probability that a device has a slow line, for good.</summary>
    public double SlowShare { get; init; }

    /// <summary>How fast a slow line sends.</summary>
    public double SlowBytesPerSecond { get; init; } = 16 * 1024;

    /// <summary>How often every connection is dropped at once; null: never.</summary>
    public TimeSpan? StormEvery { get; init; }

    /// <summary>How often a device asks for assignments, and one without a connection tries again.</summary>
    public TimeSpan Poll { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Connections and registrations that are opened at the same time.</summary>
    public int AtOnce { get; init; } = 64;

    /// <summary>Starts a run of so many rounds, with the first key, and ends with it; null: takes part in what others start.</summary>
    public int? Rounds { get; init; }
    public string Strategy { get; init; } = "fedavg";

    /// <summary>The strategy's own parameters, by name.</summary>
    public IReadOnlyDictionary<string, string>? StrategyParams { get; init; }
    public string? Federation { get; init; }

    /// <summary>Updates at which a round closes; null: all devices are waited for.</summary>
    public int? TargetUpdates { get; init; }
    public int? MinUpdates { get; init; }

    /// <summary>Devices that must be there for a round to open; null: as many as <see cref="MinUpdates"/>.</summary>
    public int? MinDevices { get; init; }
    public double? RoundTimeoutSeconds { get; init; }

    /// <summary>The longest that the simulation lasts.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Awaited by each device with the round's number before it answers, so that something can happen in the middle of a round; null: nothing.</summary>
    public Func<int, CancellationToken, Task>? BeforeAnswer { get; init; }

    /// <summary>Where the history goes; the first base goes beside it.</summary>
    public required string HistoryFile { get; init; }

    public string BaseFile => HistoryFile + ".base.safetensors";
}
