using System.Text.Json;

namespace Octomil.Training;

/// <summary>The offer of a round as devices read it.</summary>
internal static class AssignmentMessages
{
    /// <summary>The offer to one device: only it may fetch the base from the URL in it.</summary>
    public static RoundAssignmentMessage For(string deviceId, RoundAssignment assignment) => For(deviceId, Of(assignment));

    /// <inheritdoc cref="For(string, RoundAssignment)"/>
    public static RoundAssignmentMessage For(string deviceId, RoundAssignmentMessage assignment) => assignment with
    {
        Base = assignment.Base with { Url = $"{assignment.Base.Url}?device_id={deviceId}" },
        Control = assignment.Control is { } control ? control with { Url = $"{control.Url}?device_id={deviceId}" } : null,
    };

    public static RoundAssignmentMessage Of(RoundAssignment assignment) => new()
    {
        RoundId = assignment.RoundId,
        SessionId = assignment.RunId,
        RoundNumber = assignment.RoundNumber,
        Kind = KindOf(assignment.Kind),
        ModelId = assignment.ModelId,
        Model = assignment.ModelName,
        Version = AliasOf(assignment.BaseVersion, assignment.RunId),
        Architecture = Json(assignment.ArchitectureJson),
        Base = new BaseWeightsMessage
        {
            Url = $"{OctomilApi.Prefix}/training/rounds/{assignment.RoundId}/base",
            Sha256 = assignment.Base.Sha256,
            Bytes = assignment.Base.Bytes,
        },
        Deadline = assignment.Deadline,
        Training = Training(assignment.Training),
        Strategy = new StrategyMessage { Name = assignment.Strategy, ProximalMu = assignment.ProximalMu, Alpha = assignment.DynamicAlpha },
        Control = assignment.Control is { } control
            ? new BaseWeightsMessage
            {
                Url = $"{OctomilApi.Prefix}/training/rounds/{assignment.RoundId}/control", Sha256 = control.Sha256, Bytes = control.Bytes,
            }
            : null,
        ClipNorm = assignment.ClipNorm,
        Limits = new LimitsMessage { MaxMagnitude = assignment.MaxMagnitude, MaxSampleCount = assignment.MaxSampleCount },
        Config = new RoundConfigMessage
        {
            ModelId = assignment.ModelId,
            Version = AliasOf(assignment.BaseVersion, assignment.RunId),
            ClipNorm = assignment.TensorClipNorm,
            ProximalMu = assignment.ProximalMu,
        },
    };

    /// <summary>The version under which a device knows the changing base of a run.</summary>
    public static string AliasOf(string baseVersion, string runId) => $"{baseVersion}+{runId}";

    public static string KindOf(RoundKind kind) => kind switch
    {
        RoundKind.Train => RoundKinds.Train,
        RoundKind.Statistics => RoundKinds.Statistics,
        RoundKind.Evaluate => RoundKinds.Evaluate,
        _ => throw new InvalidOperationException($"No wire name for {kind}."),
    };

    public static JsonElement? Json(string? text)
    {
        if (text is null)
        {
            return null;
        }

        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private static TrainingMessage Training(LocalTraining training) => new()
    {
        Epochs = training.Epochs,
        BatchSize = training.BatchSize,
        Optimizer = training.Optimizer,
        LearningRate = training.LearningRate,
        Momentum = training.Momentum,
        WeightDecay = training.WeightDecay,
        Holdout = training.Holdout,
        Seed = training.Seed,
    };
}
