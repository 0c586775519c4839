using Octomil.Learning.Weights;

namespace Octomil.Learning.Tests.Weights;

public sealed class WeightsLayoutTests
{
    [Fact]
    public void Layout_OfTensors_KnowsWhatIsTrainedAndWhere()
    {
        var layout = TestFiles.Layout;

        Assert.Equal((8, 2, 52), (layout.ParameterCount, layout.TrainedTensorCount, layout.DataBytes));
        Assert.True(layout.TryGetTrained("dense.0.bias", out var spec, out var offset));
        Assert.Equal((2, 6), (spec.ElementCount, offset));
        Assert.False(layout.TryGetTrained("input.mean", out _, out _));
        Assert.False(layout.TryGetTrained("steps", out _, out _));
        Assert.False(layout.TryGetTrained("other", out _, out _));
    }

    [Fact]
    public void Layouts_OfTheSameContent_AreEqual()
    {
        var (left, right) = (WeightsLayout.Create([new("a", TensorType.F16, [2, 3])]), WeightsLayout.Create([new("a", TensorType.F32, [2, 3])]));

        Assert.Equal(left, right);
        Assert.Equal(left.GetHashCode(), right.GetHashCode());
        Assert.Equal(new TensorSpec("a", TensorType.F32, [2, 3]), left.Tensors[0]);
        Assert.NotEqual(left, WeightsLayout.Create([new("a", TensorType.F32, [3, 2])]));
        Assert.NotEqual(left, WeightsLayout.Create([new("b", TensorType.F32, [2, 3])]));
    }

    [Fact]
    public void Create_OfTensorsOverTheLimits_IsRefused()
    {
        AssertRefused([], WeightsErrors.InvalidHeader);
        AssertRefused([new("a", TensorType.F32, [1]), new("a", TensorType.F32, [1])], WeightsErrors.InvalidHeader);
        AssertRefused([new("a", TensorType.None, [1])], WeightsErrors.WrongType);
        AssertRefused([new("a", TensorType.F32, default)], WeightsErrors.InvalidHeader);
        AssertRefused([new("a", TensorType.F32, [-1])], WeightsErrors.InvalidHeader);
        AssertRefused([new("a", TensorType.F32, [1L << 31])], WeightsErrors.InvalidHeader);
        AssertRefused([new("a", TensorType.I8, [1L << 62, 4])], WeightsErrors.InvalidHeader);
        AssertRefused([new("__metadata__", TensorType.F32, [1])], WeightsErrors.InvalidHeader);
        AssertRefused([new(new string('a', 513), TensorType.F32, [1])], WeightsErrors.InvalidHeader);
        AssertRefused(Enumerable.Range(0, 100_001).Select(i => new TensorSpec($"t{i}", TensorType.F32, [])), WeightsErrors.InvalidHeader);
    }

    [Theory]
    [InlineData(TensorType.F64, 8)]
    [InlineData(TensorType.F32, 4)]
    [InlineData(TensorType.BF16, 2)]
    [InlineData(TensorType.Bool, 1)]
    public void ByteSize_OfAType_IsThatOfAnElement(TensorType type, int bytes) => Assert.Equal(bytes, type.ByteSize());

    private static void AssertRefused(IEnumerable<TensorSpec> tensors, string code) =>
        Assert.Equal(code, Assert.Throws<WeightsFormatException>(() => WeightsLayout.Create(tensors)).Code);
}
