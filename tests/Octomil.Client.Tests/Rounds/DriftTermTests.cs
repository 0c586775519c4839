using Microsoft.Extensions.Logging.Abstractions;
using Octomil.Client.Connections;
using Octomil.Client.Rounds;
using Octomil.Client.Tests.Fakes;
using Octomil.Client.Tests.Training;
using Octomil.Learning.Weights;
using Octomil.Training;
using Xunit;

namespace Octomil.Client.Tests.Rounds;

public sealed class DriftTermTests : IAsyncDisposable
{
    private const string Device = "dev_1";

    private readonly FakeService _service = new(new TestClock());
    private readonly TestFolder _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        _folder.Dispose();
        await _service.DisposeAsync();
    }

    [Fact]
    public async Task Scaffold_SendsWhatItsControlChangedBy_AndStartsTheNextRoundFromIt()
    {
        var terms = Terms(null);
        var first = Round("scaffold", 1);
        var term = (await terms.BeginAsync(first, Device, 3, Cancellation))!;
        var (sent, after) = term.Finish(Result([1, 1, 1], steps: 2));
        terms.Keep(first, Device, term, after);

        // Two steps of 0.5 that moved by 1: the mean gradient was -1.
        Assert.Equal([0f, 0, 0], term.Shift);
        Assert.Equal([-1f, -1, -1], sent.ControlDifference.ToArray());
        Same(await terms.BeginAsync(Round("scaffold", 2), Device, 3, Cancellation), [1f, 1, 1]);

        // The round failed and comes again: it starts as it did.
        Same(await terms.BeginAsync(first, Device, 3, Cancellation), [0f, 0, 0]);
    }

    [Fact]
    public async Task FedDyn_KeepsItsGradient_AndSendsTheDifferenceAlone()
    {
        var terms = Terms(null);
        var round = Round("feddyn", 1, alpha: 0.25);
        var term = (await terms.BeginAsync(round, Device, 3, Cancellation))!;
        var (sent, after) = term.Finish(Result([1, 2, 4], steps: 2));
        terms.Keep(round, Device, term, after);

        Assert.Equal(0.25, term.Alpha);
        Assert.True(sent.ControlDifference.IsEmpty);
        Same(await terms.BeginAsync(Round("feddyn", 2, alpha: 0.25), Device, 3, Cancellation), [0.25f, 0.5f, 1]);
    }

    [Fact]
    public async Task OtherStrategies_HaveNoTerm() =>
        Assert.Null(await Terms(null).BeginAsync(_service.Assign(1), Device, 3, Cancellation));

    [Fact]
    public async Task WithAFolder_AnotherLifeOfTheProgramGoesOn()
    {
        var round = Round("scaffold", 1);
        var term = (await Terms(_folder.Path).BeginAsync(round, Device, 3, Cancellation))!;
        Terms(_folder.Path).Keep(round, Device, term, [1, 2, 3]);

        Same(await Terms(_folder.Path).BeginAsync(Round("scaffold", 2), Device, 3, Cancellation), [-1f, -2, -3]);
        Same(await Terms(_folder.Path).BeginAsync(Round("scaffold", 2), "dev_2", 3, Cancellation), [0f, 0, 0]);
        Same(await Terms(null).BeginAsync(Round("scaffold", 2), Device, 3, Cancellation), [0f, 0, 0]);
    }

    [Fact]
    public async Task Build_WithControls_HasThemBehindTheDifference()
    {
        var weights = ModelWeights.Load(_service.Base.File);
        var result = Result([1, 2, 3], steps: 1) with { ControlDifference = new float[] { 4, 5, 6 } };

        var file = await UpdateBuilder.BuildAsync(Round("scaffold", 1), weights, result, Cancellation);

        Assert.Equal([1f, 2, 3, 4, 5, 6], ModelWeights.Load(file.Span).Trained);
        Assert.Contains("control.", System.Text.Encoding.UTF8.GetString(file.Span), StringComparison.Ordinal);
    }

    // A round without a control asks the service for nothing.
    private DriftTerms Terms(string? folder) =>
        new(null!, new ClientSettings(_service.Clock, () => 0, NullLogger.Instance, null) { StateFolder = folder });

    private RoundAssignmentMessage Round(string strategy, int number, double? alpha = null) => _service.Assign(number) with
    {
        Strategy = new StrategyMessage { Name = strategy, Alpha = alpha }, Training = new TrainingMessage { LearningRate = 0.5, Momentum = 0 },
    };

    private static void Same(DriftTerm? term, float[] shift) => Assert.Equal(shift, term!.Shift);

    private static LocalResult Result(float[] difference, long steps) => new() { Difference = difference, SampleCount = 7, Steps = steps };
}
