namespace Octomil.Learning.Strategies;

/// <summary>The strategies by name (API, Strategies).</summary>
public static class AggregationStrategies
{
    public const string FedAvg = "fedavg";
    public const string FedProx = "fedprox";
    public const string FedAvgM = "fedavgm";
    public const string FedAdagrad = "fedadagrad";
    public const string FedAdam = "fedadam";
    public const string FedYogi = "fedyogi";
    public const string FedBuff = "fedbuff";
    public const string FedNova = "fednova";
    public const string Scaffold = "scaffold";
    public const string QFedAvg = "qfedavg";
    public const string FedDyn = "feddyn";
    public const string NormBound = "normbound";
    public const string CenteredClip = "centeredclip";
    public const string BucketMedian = "bucketmedian";
    public const string FedTrimmedAvg = "fedtrimmedavg";
    public const string FedMedian = "fedmedian";
    public const string Krum = "krum";
    public const string MultiKrum = "multikrum";
    public const string Bulyan = "bulyan";
    public const string Rfa = "rfa";

    /// <summary>Another name of <see cref="FedAdam"/>.</summary>
    public const string FedOpt = "fedopt";

    private const string Ditto = "ditto";

    private static readonly IStrategyPolicy[] Policies =
    [
        new FedAvgPolicy(), new FedProxPolicy(), new FedAvgMPolicy(), new FedAdagradPolicy(), new FedAdamPolicy(), new FedYogiPolicy(),
        new FedNovaPolicy(), new ScaffoldPolicy(), new FedBuffPolicy(), new QFedAvgPolicy(), new FedDynPolicy(), new NormBoundPolicy(),
        new CenteredClipPolicy(), new BucketMedianPolicy(), new FedTrimmedAvgPolicy(), new FedMedianPolicy(), new KrumPolicy(), new MultiKrumPolicy(),
        new BulyanPolicy(), new GeometricMedianPolicy(),
    ];

    /// <summary>The names that <see cref="Create"/> knows, without aliases.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Policies.Select(policy => policy.Name)];

    /// <summary>Checks a strategy and its parameters; those not given have their defaults.</summary>
    /// <param name="name">One of <see cref="Names"/>, or an alias; case ignored.</param>
    /// <param name="parameters">By name; numbers in invariant notation.</param>
    /// <exception cref="StrategyException">The name, a parameter or a value is not known; the message lists what is.</exception>
    public static AggregationStrategy Create(string name, IReadOnlyDictionary<string, string> parameters)
    {
        // Names are ASCII on the wire: lower case is their normal form.
#pragma warning disable CA1308
        var normal = name.Trim().ToLowerInvariant();
#pragma warning restore CA1308
        normal = normal == FedOpt ? FedAdam : normal;
        var policy = Array.Find(Policies, policy => policy.Name == normal) ?? throw Unknown(normal);
        return policy.Create(new StrategyArguments(policy, parameters));
    }

    private static StrategyException Unknown(string name)
    {
        var known = $"Known are {string.Join(", ", Names)} and {FedOpt} (the same as {FedAdam}).";
        return new StrategyException(name == Ditto
            ? $"The strategy '{Ditto}' (personalization) is not supported yet. {known}"
            : $"The aggregation strategy is not known. {known}");
    }
}
