using Octomil.Models;

namespace Octomil.Training;

/// <summary>Checks a request for a run, and makes the order of it.</summary>
internal static class RunOrders
{
    private const int MostParameters = 32;

    public static Refusal? Check(StartTrainingRequest request)
    {
        var checks = new FieldChecks()
            .Range("rounds", request.Rounds, 1, 10_000)
            .Range("min_devices", request.MinDevices, 1, 1_000_000)
            .Range("min_updates", request.MinUpdates, 1, 1_000_000)
            .Range("target_updates", request.TargetUpdates, 1, 1_000_000)
            .Require(
                request.TargetUpdates is null || request.MinUpdates is null || request.TargetUpdates >= request.MinUpdates,
                "target_updates", "must not be below min_updates")
            .Within("over_selection", request.OverSelection, 1, 10)
            .Within("round_timeout_seconds", request.RoundTimeoutSeconds, 1, 604_800)
            .Range("local_epochs", request.LocalEpochs, 1, 1000)
            .Range("batch_size", request.BatchSize, 1, 1_000_000)
            .Require(request.Optimizer is null or "sgd" or "adam", "optimizer", "must be sgd or adam")
            .Require(request.LearningRate is null or (> 0 and <= 1000), "learning_rate", "must be over 0 and at most 1000")
            .Require(request.Momentum is null or (>= 0 and < 1), "momentum", "must be from 0 to below 1")
            .Within("weight_decay", request.WeightDecay, 0, 1000)
            .Require(request.Holdout is null or (>= 0 and < 1), "holdout", "must be from 0 to below 1")
            .Range("seed", request.Seed, 0, long.MaxValue)
            .Require(request.MaxMagnitude is null or (> 0 and <= 1e9), "max_magnitude", "must be over 0 and at most 1e9")
            .Range("max_sample_count", request.MaxSampleCount, 1, 1 << 24)
            .Require(request.Group is null or { Length: > 0 and <= 63 }, "group", "must be the name of a device group")
            .Require(request.Strategy is { Length: > 0 and <= 64 }, "strategy", "must be the name of a strategy")
            .Require(AreParameters(request.Params), "params", $"must be at most {MostParameters} names and short values without line breaks");
        return checks.Refusal ?? RunPrivacies.Check(request);
    }

    public static RunOrder Of(StartTrainingRequest request, ModelSnapshot model, string? federationId)
    {
        var minDevices = request.MinDevices ?? 2;
        return new RunOrder
        {
            ModelId = model.Id,
            Rounds = request.Rounds,
            Group = request.Group,
            FederationId = federationId,
            Strategy = request.Strategy,
            StrategyParameters = string.Join('\n', (request.Params ?? new Dictionary<string, string>())
                .OrderBy(parameter => parameter.Key, StringComparer.Ordinal)
                .Select(parameter => $"{parameter.Key}={parameter.Value}")),
            Training = TrainingOf(request, model),
            MinDevices = minDevices,

            // A run that is content with one device must not wait for a second update.
            MinUpdates = request.MinUpdates ?? Math.Min(minDevices, 2),
            TargetUpdates = request.TargetUpdates,
            OverSelection = request.OverSelection ?? 1.3,
            RoundTimeout = TimeSpan.FromSeconds(request.RoundTimeoutSeconds ?? 600),
            MaxMagnitude = request.MaxMagnitude ?? 1024,
            MaxSampleCount = request.MaxSampleCount ?? 65536,
            Privacy = RunPrivacies.Of(request),
        };
    }

    private static LocalTraining TrainingOf(StartTrainingRequest request, ModelSnapshot model)
    {
        var usual = new LocalTraining();
        return usual with
        {
            Epochs = request.LocalEpochs ?? usual.Epochs,
            BatchSize = request.BatchSize ?? usual.BatchSize,
            Optimizer = request.Optimizer ?? usual.Optimizer,
            LearningRate = request.LearningRate ?? usual.LearningRate,
            Momentum = request.Momentum ?? usual.Momentum,
            WeightDecay = request.WeightDecay ?? usual.WeightDecay,
            Holdout = request.Holdout ?? usual.Holdout,
            Seed = request.Seed ?? RunSeed.Of(model),
        };
    }

    private static bool AreParameters(IReadOnlyDictionary<string, string>? parameters) => parameters is null
        || (parameters.Count <= MostParameters && parameters.All(parameter =>
            parameter.Key is { Length: > 0 and <= 64 } && !parameter.Key.Contains('=', StringComparison.Ordinal)
            && parameter.Value is { Length: <= 64 } && !$"{parameter.Key}{parameter.Value}".Any(char.IsControl)));

    private static FieldChecks Within(this FieldChecks checks, string field, double? value, double least, double most) =>
        checks.Require(value is null || (value >= least && value <= most), field, FormattableString.Invariant($"must be from {least} to {most}"));
}
