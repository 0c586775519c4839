using CsCheck;
using Xunit;

namespace Octomil.Training;

public sealed class CohortSelectorTests
{
    [Fact]
    public void Allocate_GivesNobodyMoreThanThereIs() => Gen.Select(Gen.Int[1, 50].Array[1, 8], Gen.Int[0, 200], Gen.Int).Sample((counts, size, seed) =>
    {
        var parts = counts.Select((count, index) => new PartitionCount("org_1", index, count));
        var shares = CohortSelector.Allocate([.. parts], size, new Random(seed));

        return shares.Sum() == Math.Min(size, counts.Sum()) && shares.Zip(counts).All(pair => pair.First >= 0 && pair.First <= pair.Second);
    });

    [Theory]
    [InlineData(8, null, 2, 8, 8)]
    [InlineData(100, 10, 2, 13, 10)]
    [InlineData(11, 10, 2, 11, 10)]
    [InlineData(5, 10, 2, 5, 5)]
    public void CohortSize_FollowsTargetAndOverSelection(int ready, int? target, int min, int selected, int closesAt)
    {
        var order = new RunOrder
        {
            ModelId = "mdl_1", Rounds = 1, Strategy = "fedavg", Training = new LocalTraining(), TargetUpdates = target, MinUpdates = min,
        };

        Assert.Equal(new CohortSize(selected, closesAt, min), CohortSize.Of(order, RunStage.Training, ready, 10_000));
    }
}
