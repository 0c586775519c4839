using Octomil.Learning.Weights;
using Octomil.Training;

namespace Octomil.Client.Rounds;

/// <summary>Builds a trainer's task from an assignment.</summary>
internal static class LocalTasks
{
    public static LocalTask For(RoundAssignmentMessage round, LocalModel model, string deviceId, ModelWeights weights) => new()
    {
        Model = round.Model,
        Architecture = round.Architecture,
        Base = weights,
        Training = round.Training,
        ProximalMu = round.Strategy.ProximalMu,
        ReportsBaseLoss = round.Strategy.Name == "qfedavg",
        ClipNorm = round.ClipNorm,
        RoundSeed = RoundSeed.For(round.Training.Seed, round.RoundNumber, deviceId),
        DeviceId = deviceId,
        RoundNumber = round.RoundNumber,
        TargetColumn = model.TargetColumn,
    };
}
