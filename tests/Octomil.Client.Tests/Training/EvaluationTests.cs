using Octomil.Client.Training;
using Xunit;

namespace Octomil.Client.Tests.Training;

public sealed class EvaluationTests
{
    [Fact]
    public void AreaUnderCurve_WithTies_EqualsTheShareOfPairsInOrder()
    {
        var random = new Random(7);
        float[] scores = [.. Enumerable.Range(0, 200).Select(_ => (float)random.Next(12))];
        float[] targets = [.. scores.Select(score => random.Next(12) < score ? 1f : 0f)];
        var pairs = from p in Enumerable.Range(0, 200)
                    from n in Enumerable.Range(0, 200)
                    where targets[p] == 1 && targets[n] == 0
                    select scores[p] > scores[n] ? 1.0 : scores[p] == scores[n] ? 0.5 : 0.0;

        Assert.Equal(pairs.Average(), Evaluation.AreaUnderCurve(scores, targets)!.Value, 12);
    }

    [Theory]
    [InlineData(new float[] { 1, 2, 3, 4 }, new float[] { 0, 0, 1, 1 }, 1.0)]
    [InlineData(new float[] { 4, 3, 2, 1 }, new float[] { 0, 0, 1, 1 }, 0.0)]
    [InlineData(new float[] { 5, 5, 5, 5 }, new float[] { 0, 1, 0, 1 }, 0.5)]
    [InlineData(new float[] { 1, 2 }, new float[] { 1, 1 }, null)]
    [InlineData(new float[] { }, new float[] { }, null)]
    public void AreaUnderCurve_AtTheEdges_IsWhatItMeans(float[] scores, float[] targets, double? expected) =>
        Assert.Equal(expected, Evaluation.AreaUnderCurve(scores, targets));

    [Fact]
    public void Of_ExtremeLogits_StaysFinite()
    {
        var binary = Evaluation.Of([500, -500, 500], 1, [1, 0, 0], isRegression: false);
        var classes = Evaluation.Of([500, -500, 0, -500, 500, 0], 3, [0, 2], isRegression: false);

        Assert.Equal((500.0 / 3, 2.0 / 3), (binary.Loss!.Value, binary.Accuracy!.Value));
        Assert.Equal((250.0, 0.5), (classes.Loss!.Value, classes.Accuracy!.Value));
    }

    [Fact]
    public void Of_Numbers_HasR2AndNoAccuracy()
    {
        var evaluation = Evaluation.Of([1, 2, 5], 1, [1, 3, 5], isRegression: true);

        Assert.Equal((1.0 / 3, 1 - (1.0 / 8), null), (evaluation.Loss!.Value, evaluation.R2!.Value, evaluation.Accuracy));
        Assert.Null(Evaluation.Of([1, 2], 1, [4, 4], isRegression: true).R2);
    }

    [Fact]
    public void Of_Nothing_HasNoMeasures() => Assert.Equal(new Evaluation(), Evaluation.Of([], 1, [], isRegression: false));
}
