using System.CommandLine;

namespace Octomil.Training;

/// <summary>The options of <c>octomil train start</c> and the request they make. What is not given is left to the service.</summary>
internal sealed class StartOptions
{
    private static readonly string[] _strategies =
    [
        "fedavg", "fedprox", "fedavgm", "fedadagrad", "fedadam", "fedyogi", "fednova", "scaffold", "fedbuff", "qfedavg", "feddyn", "normbound",
        "centeredclip", "bucketmedian", "fedtrimmedavg", "fedmedian", "krum", "multikrum", "bulyan", "rfa",
    ];

    private readonly Argument<string> _model = Inputs.Name("MODEL", "The model's name or id");
    private readonly Option<string?> _strategy = Inputs.NameOption("--strategy", "How updates become the next weights (default fedavg)");
    private readonly Option<int?> _rounds = Inputs.Whole("--rounds", "How many rounds (default 10)", least: 1, most: 1_000_000);
    private readonly Option<string?> _group = Inputs.NameOption("--group", "Only devices of this group, in every organization");
    private readonly Option<string?> _federation = Inputs.NameOption("--federation", "Where the model is shared with several federations: which one trains");
    private readonly Option<string[]> _params = new("--param") { Description = "A parameter of the strategy; may be repeated", HelpName = "name=value" };
    private readonly Option<int?> _localEpochs = Inputs.Whole("--local-epochs", "Epochs on the device in each round", least: 1);
    private readonly Option<int?> _batchSize = Inputs.Whole("--batch-size", "Rows in a training step", least: 1);
    private readonly Option<double?> _learningRate = Inputs.Real("--learning-rate", "Learning rate on the device", least: 0, above: true);
    private readonly Option<string?> _optimizer = Inputs.NameOption("--optimizer", "Optimizer on the device: sgd or adam");
    private readonly Option<double?> _momentum = Inputs.Real("--momentum", "Momentum of sgd", least: 0, most: 1);
    private readonly Option<double?> _weightDecay = Inputs.Real("--weight-decay", "Weight decay on the device", least: 0);
    private readonly Option<double?> _holdout = Inputs.Fraction("--holdout", "Part of the device's rows kept for evaluation, e.g. 20%");
    private readonly Option<long?> _seed = Inputs.Long("--seed", "Seed of the run");
    private readonly Option<int?> _minDevices = Inputs.Whole("--min-devices", "Fewest devices for a round to start", least: 1);
    private readonly Option<int?> _minUpdates = Inputs.Whole("--min-updates", "Fewest updates for a round to count", least: 1);
    private readonly Option<int?> _targetUpdates = Inputs.Whole("--target-updates", "Updates at which a round closes early", least: 1);
    private readonly Option<TimeSpan?> _roundTimeout = Inputs.Duration("--round-timeout", "How long a round waits, e.g. 10m");
    private readonly Option<double?> _overSelection = Inputs.Real("--over-selection", "Devices selected for each one needed, e.g. 1.3", least: 1, most: 100);
    private readonly Option<double?> _maxMagnitude = Inputs.Real("--max-magnitude", "Largest value that an update may hold", least: 0, above: true);
    private readonly Option<long?> _maxSampleCount = Inputs.Long("--max-sample-count", "Largest sample count that counts", least: 1);
    private readonly Option<string?> _privacy = Inputs.Text("--privacy", "dp: differential privacy", "dp");
    private readonly Option<double?> _clip = Inputs.Real("--clip", "L2 bound on a whole update", least: 0, above: true);
    private readonly Option<double?> _noise = Inputs.Real("--noise-multiplier", "Noise deviation over the clip", least: 0, above: true);
    private readonly Option<double?> _epsilon = Inputs.Real("--epsilon", "What the run may cost each organization, instead of --noise-multiplier", least: 0, above: true);

    private readonly Option<double?> _quantile = Inputs.Fraction("--clip-quantile", "Let the clip follow the updates: the share it leaves as they are, e.g. 50%");
    private readonly Option<long?> _sampleCap = Inputs.Long("--sample-cap", "Samples at which an update of a private run weighs 1 (default: all weigh the same)", least: 1);
    private readonly Option<string?> _sampling = Inputs.Text("--sampling", "Claim about how devices are drawn: none", "none");

    public StartOptions()
    {
        _strategy.CompletionSources.Add(_strategies);
        _optimizer.AcceptOnlyFromAmong("sgd", "adam");
        _privacy.AcceptOnlyFromAmong("dp");
    }

    public Symbol[] Symbols =>
    [
        _model, _strategy, _rounds, _group, _federation, _params, _localEpochs, _batchSize, _learningRate, _optimizer, _momentum, _weightDecay, _holdout,
        _seed, _minDevices, _minUpdates, _targetUpdates, _roundTimeout, _overSelection, _maxMagnitude, _maxSampleCount, _privacy, _clip, _noise, _epsilon,
        _quantile, _sampleCap, _sampling,
    ];

    public string ModelOf(ParseResult parse) => parse.GetRequiredValue(_model);

    public StartTrainingRequest RequestOf(ParseResult parse)
    {
        CheckPrivacy(parse);
        var (pairs, error) = Values.ParsePairs(parse.GetValue(_params) ?? []);
        if (error is not null)
        {
            throw CommandFailureException.Usage($"--param: {error}", "for example --param server_lr=0.1");
        }

        var defaults = new StartTrainingRequest { ModelId = ModelOf(parse) };
        return defaults with
        {
            Group = parse.GetValue(_group),
            Federation = parse.GetValue(_federation),
            Strategy = parse.GetValue(_strategy) ?? defaults.Strategy,
            Rounds = parse.GetValue(_rounds) ?? defaults.Rounds,
            Params = pairs.Count > 0 ? pairs : null,
            LocalEpochs = parse.GetValue(_localEpochs),
            BatchSize = parse.GetValue(_batchSize),
            LearningRate = parse.GetValue(_learningRate),
            Optimizer = parse.GetValue(_optimizer),
            Momentum = parse.GetValue(_momentum),
            WeightDecay = parse.GetValue(_weightDecay),
            Holdout = parse.GetValue(_holdout),
            Seed = parse.GetValue(_seed),
            MinDevices = parse.GetValue(_minDevices),
            MinUpdates = parse.GetValue(_minUpdates),
            TargetUpdates = parse.GetValue(_targetUpdates),
            RoundTimeoutSeconds = parse.GetValue(_roundTimeout)?.TotalSeconds,
            OverSelection = parse.GetValue(_overSelection),
            MaxMagnitude = parse.GetValue(_maxMagnitude),
            MaxSampleCount = parse.GetValue(_maxSampleCount),
            // The wire's name for what people ask for as "dp".
            Privacy = parse.GetValue(_privacy) is null ? null : "dp-sgd",
            ClipNorm = parse.GetValue(_clip),
            NoiseMultiplier = parse.GetValue(_noise),
            Epsilon = parse.GetValue(_epsilon),
            ClipQuantile = parse.GetValue(_quantile),
            SampleCap = parse.GetValue(_sampleCap),
            Sampling = parse.GetValue(_sampling),
        };
    }

    private void CheckPrivacy(ParseResult parse)
    {
        var noise = parse.GetValue(_noise) is not null || parse.GetValue(_epsilon) is not null;
        if (parse.GetValue(_privacy) is null)
        {
            if (noise)
            {
                throw CommandFailureException.Usage("--noise-multiplier and --epsilon belong to a private run.", "add --privacy dp");
            }
        }
        else if (parse.GetValue(_clip) is null || !noise)
        {
            throw CommandFailureException.Usage("A private run needs --clip C and --noise-multiplier Z (or --epsilon E).");
        }
    }
}
