using Octomil.Learning.Weights;

namespace Octomil.Learning.Tests.Weights;

public sealed class WeightsComparisonTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Compare_OfTwoVersions_MeasuresEveryTensor()
    {
        var first = ModelWeights.Create(TestFiles.Layout, [3, 4, 0, 0, 0, 0, 1, 1]);
        var second = ModelWeights.Create(TestFiles.Layout, [3, 4, 0, 6, 0, -8, 1, 1]);

        var differences = await WeightsComparison.CompareAsync(await FileAsync(first), await FileAsync(second), Cancellation);

        Assert.Equal(TestFiles.Layout.Tensors.Select(tensor => tensor.Name), differences.Select(difference => difference.Spec.Name));
        var weight = differences.Single(difference => difference.Spec.Name == "dense.0.weight");
        Assert.Equal((5.0, 10.0, 8.0, 2L), (weight.Norm, weight.Difference, weight.MaxAbs, weight.Changed));
        Assert.All(differences.Where(difference => difference != weight), difference => Assert.Equal(0, difference.Changed));
    }

    [Fact]
    public async Task Compare_OfLargeTensors_ReadsEveryBlock()
    {
        var layout = WeightsLayout.Create([new("w", TensorType.F32, [50_001])]);
        var values = new float[50_001];
        values[^1] = 2;

        var difference = Assert.Single(await WeightsComparison.CompareAsync(
            await FileAsync(ModelWeights.Create(layout)), await FileAsync(ModelWeights.Create(layout, values)), Cancellation));

        Assert.Equal((0.0, 2.0, 1L), (difference.Norm, difference.Difference, difference.Changed));
    }

    [Fact]
    public async Task Compare_OfOtherTensors_IsRefused()
    {
        var other = ModelWeights.Create(WeightsLayout.Create([new("w", TensorType.F32, [2])]));

        await Assert.ThrowsAsync<WeightsFormatException>(async () =>
            await WeightsComparison.CompareAsync(await FileAsync(ModelWeights.Create(TestFiles.Layout)), await FileAsync(other), Cancellation));
    }

    private static async Task<MemoryStream> FileAsync(ModelWeights weights)
    {
        var file = new MemoryStream();
        await weights.SaveAsync(file, null, Cancellation);
        file.Position = 0;
        return file;
    }
}
