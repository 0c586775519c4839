using Octomil.Client.Rounds;
using Octomil.Client.Tests.Fakes;
using Octomil.Learning.Weights;
using Octomil.Training;
using Xunit;

namespace Octomil.Client.Tests.Rounds;

public sealed class UpdateBuilderTests : IAsyncDisposable
{
    private readonly FakeService _service = new(new TestClock());

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(-1025f)]
    public async Task Build_OfADivergedDifference_IsRefusedHere(float value)
    {
        var exception = await Assert.ThrowsAsync<InvalidDataException>(() => BuildAsync(_service.Assign(1), Result([0, value, 0])));

        Assert.Contains("diverged", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_OfADivergedDifferenceOfAPrivateRun_IsLeftToTheService()
    {
        var update = await BuildAsync(_service.Assign(1) with { ClipNorm = 1 }, Result([0, float.NaN, 0]));

        Assert.False(update.IsEmpty);
    }

    [Theory]
    [InlineData(2, 7)]
    [InlineData(3, 0)]
    public async Task Build_OfAnImpossibleResult_IsRefused(int parameters, long samples)
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => BuildAsync(_service.Assign(1), Result(new float[parameters]) with { SampleCount = samples }));
    }

    [Fact]
    public async Task Build_OfTheSameResult_GivesTheSameBytes()
    {
        var result = Result([1, 2, 3]) with { Metrics = new Dictionary<string, double> { ["b"] = 1, ["a"] = double.NaN } };
        var other = result with { Metrics = new Dictionary<string, double> { ["a"] = double.NaN, ["b"] = 1 } };

        Assert.Equal((await BuildAsync(_service.Assign(1), result)).ToArray(), (await BuildAsync(_service.Assign(1), other)).ToArray());
    }

    [Theory]
    [InlineData(10, 3f, 4f)]
    [InlineData(2.5, 1.5f, 2f)]
    public void Clip_OfADifference_ScalesOnlyAboveTheBound(double bound, float first, float second)
    {
        Assert.Equal([first, second], UpdateBuilder.Clip(new[] { 3f, 4f }, bound).ToArray());
    }

    private Task<ReadOnlyMemory<byte>> BuildAsync(RoundAssignmentMessage round, LocalResult result) =>
        UpdateBuilder.BuildAsync(round, ModelWeights.Load(_service.Base.File), result, TestContext.Current.CancellationToken);

    private static LocalResult Result(float[] difference) => new() { Difference = difference, SampleCount = 7, Steps = 1 };
}
