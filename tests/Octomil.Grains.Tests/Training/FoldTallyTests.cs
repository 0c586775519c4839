using CsCheck;
using Xunit;

namespace Octomil.Training;

public sealed class FoldTallyTests
{
    private static readonly Gen<(int Organization, long Weight, UpdateSummary Summary)> Update = Gen.Select(
        Gen.Int[0, 2], Gen.Long[1, 65536], Gen.Long[0, 1000], Gen.Double[-1e6, 1e6], Gen.Double[0, 1], Gen.Bool,
        (organization, weight, count, loss, accuracy, hasLoss) => (organization, weight, new UpdateSummary
        {
            FullWeights = false,
            SampleCount = weight,
            EvaluationCount = count,
            EvaluationLoss = hasLoss ? loss : null,
            EvaluationAccuracy = accuracy,
        }));

    [Fact]
    public void Subtract_AfterAdd_LeavesWhatWasThereBefore() => Gen.Select(Update.Array[0, 10], Update.Array[1, 10]).Sample((first, then) =>
    {
        var tally = new FoldTally(3);
        Array.ForEach(first, update => tally.Add(update.Organization, update.Weight, update.Summary));
        var before = tally.ToBytes();

        Array.ForEach(then, update => tally.Add(update.Organization, update.Weight, update.Summary));
        Array.ForEach(then, update => tally.Subtract(update.Organization, update.Weight, update.Summary));

        return tally.ToBytes().AsSpan().SequenceEqual(before);
    });

    [Fact]
    public void Merge_OfTwoFolds_IsOneFoldOfAll() => Gen.Select(Update.Array[0, 10], Update.Array[0, 10]).Sample((left, right) =>
    {
        var (a, b, both) = (new FoldTally(3), new FoldTally(3), new FoldTally(3));
        Array.ForEach(left, update => a.Add(update.Organization, update.Weight, update.Summary));
        Array.ForEach(right, update => b.Add(update.Organization, update.Weight, update.Summary));
        Array.ForEach([.. right, .. left], update => both.Add(update.Organization, update.Weight, update.Summary));

        a.Merge(FoldTally.FromBytes(b.ToBytes(), 3));
        return a.ToBytes().AsSpan().SequenceEqual(both.ToBytes());
    });

    [Fact]
    public void ToRoundTally_WeighsMetricsByHoldOut()
    {
        var tally = new FoldTally(2);
        tally.Add(0, 7, Of(samples: 7, count: 10, accuracy: 0.9, loss: 1));
        tally.Add(1, 3, Of(samples: 3, count: 30, accuracy: 0.5, loss: 2));
        tally.Add(1, 5, Of(samples: 5, count: 0, accuracy: null, loss: null));

        var round = tally.ToRoundTally(["org_a", "org_b"]);

        Assert.Equal((3, 15), (round.Updates, round.Samples));
        Assert.Equal(0.6, round.Accuracy!.Value, 1e-9);
        Assert.Equal(1.75, round.Loss!.Value, 1e-9);
        Assert.Equal([("org_a", 1, 7), ("org_b", 2, 8)], round.Organizations.Select(part => (part.OrganizationId, part.Updates, part.Samples)));
    }

    private static UpdateSummary Of(long samples, long count, double? accuracy, double? loss) => new()
    {
        FullWeights = false, SampleCount = samples, EvaluationCount = count, EvaluationAccuracy = accuracy, EvaluationLoss = loss,
    };
}
