using Octomil.Learning.Weights;

namespace Octomil.Training;

/// <summary>What a fold is told of an update beside its values.</summary>
internal static class UpdateSummaries
{
    public static UpdateSummary Of(UpdateContent content) => new()
    {
        FullWeights = content.Format is UpdateFormat.Weights,
        SampleCount = content.SampleCount,
        Steps = content.Steps,
        Loss = content.Loss,
        EvaluationCount = content.EvalCount,
        EvaluationLoss = content.EvalLoss,
        EvaluationAccuracy = content.EvalAccuracy,
        SumOfSquares = content.SumOfSquares,
    };
}
