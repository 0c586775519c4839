using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Octomil.Learning.Aggregation;
using Octomil.Learning.Weights;
using Xunit;
using static Octomil.Training.Plans;

namespace Octomil.Training;

public sealed class RoundFoldTests : IDisposable
{
    private const int Parameters = 37;

    private static readonly WeightsLayout Layout = WeightsLayout.Create([new TensorSpec("w", TensorType.F32, [Parameters])]);

    private RoundPlan _plan = Of(devices: 6);
    private StateRound _round;
    private readonly MemoryPayloads _payloads = new();
    private readonly BufferPool _buffers = new(Options.Create(new RoundOptions()), TimeProvider.System);

    public RoundFoldTests() => _round = new StateRound(_plan);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Submit_OfOneUpdate_IsAcceptedAndStandsInTheRegisteredCheckpoint()
    {
        Assert.Equal(SubmitUpdateResult.Accepted, await SubmitAsync(Fold("a"), device: 2));

        await AssertRowHoldsAsync(2);
    }

    [Fact]
    public async Task Submit_OfTheSameDeviceTwice_CountsOnce()
    {
        var fold = Fold("a");
        await SubmitAsync(fold, device: 2);

        Assert.Equal(SubmitUpdateResult.CountedBefore, await fold.AdmitAsync(DeviceId(2), Cancellation));
        Assert.Equal(SubmitUpdateResult.CountedBefore, await SubmitAsync(fold, device: 2));
        await AssertRowHoldsAsync(2);
    }

    [Fact]
    public async Task Submit_OfADeviceThatAnotherFoldCounted_IsTakenOutAgain()
    {
        var (a, b) = (Fold("a"), Fold("b"));
        await SubmitAsync(a, device: 1);
        await SubmitAsync(b, device: 0);

        // Together with another one in a batch, while the registration is held back.
        var gate = new TaskCompletionSource();
        _round.Gate = gate.Task;
        var first = SubmitAsync(b, device: 5);
        var duplicate = SubmitAsync(b, device: 1);
        var other = SubmitAsync(b, device: 4);
        gate.SetResult();

        Assert.Equal(SubmitUpdateResult.Accepted, await first);
        Assert.Equal(SubmitUpdateResult.CountedBefore, await duplicate);
        Assert.Equal(SubmitUpdateResult.Accepted, await other);
        await AssertRowHoldsAsync(0, 1, 4, 5);
    }

    [Fact]
    public async Task Submit_WhileAnAnswerIsLost_RepeatsTheRegistrationAndCountsOnce()
    {
        _round.LostAnswers = 2;

        Assert.Equal(SubmitUpdateResult.Accepted, await SubmitAsync(Fold("a"), device: 3));
        Assert.Equal(3, _round.Registrations);
        await AssertRowHoldsAsync(3);
    }

    [Fact]
    public async Task Submit_WhenTheCheckpointCannotBeWritten_IsNotDurableAndLeavesTheSumsAsTheyWere()
    {
        var fold = Fold("a");
        await SubmitAsync(fold, device: 0);
        _payloads.FailingSaves = 1;

        Assert.Equal(SubmitUpdateResult.NotDurable, await SubmitAsync(fold, device: 1));
        Assert.Equal(SubmitUpdateResult.None, await fold.AdmitAsync(DeviceId(1), Cancellation));

        await SubmitAsync(fold, device: 2);
        await AssertRowHoldsAsync(0, 2);
        Assert.Equal(SubmitUpdateResult.Accepted, await SubmitAsync(fold, device: 1));
        await AssertRowHoldsAsync(0, 1, 2);
    }

    [Fact]
    public async Task Submit_ByAFoldThatTheRowIsAheadOf_CatchesUpFromTheRow()
    {
        var fold = Fold("a");
        await SubmitAsync(fold, device: 0);

        await RegisterInAnotherLifeAsync();

        Assert.Equal(SubmitUpdateResult.Accepted, await SubmitAsync(fold, device: 2));
        await AssertRowHoldsAsync(0, 1, 2);
    }

    [Fact]
    public async Task Submit_WhenCatchingUpFails_ReadsTheRowsSumsForTheNextBatch()
    {
        var fold = Fold("a");
        await SubmitAsync(fold, device: 0);
        await RegisterInAnotherLifeAsync();
        _payloads.FailingReads = 1;

        Assert.Equal(SubmitUpdateResult.NotDurable, await SubmitAsync(fold, device: 2));
        Assert.Equal(SubmitUpdateResult.Accepted, await SubmitAsync(fold, device: 3));
        await AssertRowHoldsAsync(0, 1, 3);
        Assert.Equal(SubmitUpdateResult.Accepted, await SubmitAsync(fold, device: 2));
        await AssertRowHoldsAsync(0, 1, 2, 3);
    }

    [Fact]
    public async Task Submit_AfterTheRoundClosed_IsRefusedAndNothingIsLeftOfIt()
    {
        var fold = Fold("a");
        _round.State = _round.State.BeginSealing();

        Assert.Equal(SubmitUpdateResult.RoundNotOpen, await SubmitAsync(fold, device: 0));
        await _payloads.WaitForCheckpointsAsync(0, Cancellation);
        Assert.True(fold.IsClosed);
    }

    [Fact]
    public async Task Submit_OfManyInAnyOrderOverTwoFolds_GivesTheSameSums()
    {
        var (a, b) = (Fold("a"), Fold("b"));
        int[] order = [5, 0, 3, 1, 4, 2];

        var answers = await Task.WhenAll(order.Select((device, index) => SubmitAsync(index % 2 == 0 ? a : b, device)));

        Assert.All(answers, answer => Assert.Equal(SubmitUpdateResult.Accepted, answer));
        await AssertRowHoldsAsync(0, 1, 2, 3, 4, 5);
    }

    [Fact]
    public async Task Submit_InBuckets_WritesThoseOfTheBatchAlone()
    {
        Use(InBuckets(_plan));
        var (a, b) = (Fold("a"), Fold("b"));
        await SubmitAsync(a, device: 0);
        var first = Assert.Single(_round.State.Folds["a"].Buckets);

        await SubmitAsync(a, device: 1);
        await SubmitAsync(b, device: 3);
        Assert.Equal(SubmitUpdateResult.CountedBefore, await SubmitAsync(b, device: 1));
        await SubmitAsync(b, device: 5);

        Assert.Equal(first, _round.State.Folds["a"].Buckets[0]);
        Assert.Equal([0, 1], _round.State.Folds["a"].Buckets.Select(bucket => bucket.Bucket));
        Assert.Equal(1, Assert.Single(_round.State.Folds["b"].Buckets).Bucket);
        await AssertRowHoldsAsync(0, 1, 3, 5);
    }

    [Fact]
    public async Task Submit_InBucketsWhileThingsFail_CountsOnce()
    {
        Use(InBuckets(_plan));
        var (a, b) = (Fold("a"), Fold("b"));
        _round.LostAnswers = 1;
        await SubmitAsync(a, device: 3);
        _payloads.FailingSaves = 1;
        Assert.Equal(SubmitUpdateResult.NotDurable, await SubmitAsync(a, device: 4));
        await SubmitAsync(b, device: 1);

        var answers = await Task.WhenAll(SubmitAsync(a, device: 0), SubmitAsync(a, device: 1), SubmitAsync(a, device: 2));

        Assert.Equal([SubmitUpdateResult.Accepted, SubmitUpdateResult.CountedBefore, SubmitUpdateResult.Accepted], answers);
        await AssertRowHoldsAsync(0, 1, 2, 3);
    }

    [Fact]
    public async Task Submit_OfFullWeights_FoldsTheDifferenceToTheBase()
    {
        var weights = ModelWeights.Create(Layout, Values(100));
        var reference = await _payloads.SaveWeightsAsync(null, (stream, cancellation) => weights.SaveAsync(stream, null, cancellation), Cancellation);
        var fold = Fold("a", _plan with { Base = reference });

        var buffer = (await fold.RentBufferAsync(DeviceId(0), Cancellation))!;
        for (var i = 0; i < Parameters; i++)
        {
            buffer.Values.Span[i] = Values(100)[i] + Values(4)[i];
        }

        await fold.SubmitAsync(DeviceId(4), buffer, Summary(4) with { FullWeights = true }, Cancellation);

        var sums = Registered().Sums;
        var plan = FoldSums.FoldPlanOf(_plan);
        for (var i = 0; i < Parameters; i++)
        {
            Assert.Equal(Values(4)[i], sums[i] * plan.Step / Summary(4).SampleCount, 1e-5);
        }
    }

    [Fact]
    public async Task Rent_PastTheBudget_GivesNothing()
    {
        var options = new RoundOptions { BufferBudgetBytes = 2 * Parameters * sizeof(float), BufferWait = TimeSpan.Zero };
        using var pool = new BufferPool(Options.Create(options), TimeProvider.System);

        var first = await pool.RentUpdateAsync("org_a", Parameters, Cancellation);
        Assert.NotNull(await pool.RentUpdateAsync("org_a", Parameters, Cancellation));
        Assert.Null(await pool.RentUpdateAsync("org_a", Parameters, Cancellation));

        pool.ReturnUpdate("org_a", first!);
        Assert.Same(first, await pool.RentUpdateAsync("org_a", Parameters, Cancellation));
    }

    public void Dispose() => _buffers.Dispose();

    private void Use(RoundPlan plan) => (_plan, _round) = (plan, new StateRound(plan));

    private RoundFold Fold(string id, RoundPlan? plan = null) => new(
        new RoundFoldParts(_ => _round, _payloads, _buffers, TimeProvider.System, new RoundOptions(), NullLogger.Instance),
        new FoldTerms { Plan = plan ?? _plan, Key = [.. new byte[32]] },
        new SafetensorsHeaderBytes([], Layout),
        id);

    private static async Task<SubmitUpdateResult> SubmitAsync(RoundFold fold, int device)
    {
        var buffer = (await fold.RentBufferAsync(DeviceId(device), Cancellation))!;
        Values(device).CopyTo(buffer.Values.Span);
        return await fold.SubmitAsync(DeviceId(device), buffer, Summary(device), Cancellation);
    }

    // Another life of the same fold registered device 1 on top of device 0.
    private async Task RegisterInAnotherLifeAsync()
    {
        var ahead = new FoldSums(_buffers, _plan, Parameters);
        ahead.Add([Pending(0), Pending(1)]);
        var checkpoint = await _payloads.SaveCheckpointAsync(_plan.RoundId, new byte[32], ahead.Tally.ToBytes(), ahead, Cancellation);
        (_round.State, _) = _round.State.Register(
            new FoldRegistration { FoldId = "a", Sequence = 1, Buckets = [new BucketCheckpoint { Bucket = 0, Checkpoint = checkpoint }], Devices = [1] }, _plan);
    }

    private PendingUpdate Pending(int device)
    {
        var memory = new NativeBuffer<float>(Parameters);
        Values(device).CopyTo(memory.GetSpan());
        return new PendingUpdate(device, _plan.OrganizationOfDevice[device], factor: 1, Summary(device).SampleCount, new UpdateBuffer(memory, "org_a", _buffers, () => { }), Summary(device), returnsBuffer: false);
    }

    private static float[] Values(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Parameters).Select(_ => (float)(random.NextDouble() * 8 - 4))];
    }

    private static UpdateSummary Summary(int device) => new()
    {
        FullWeights = false, SampleCount = 10 + device, EvaluationCount = 5, EvaluationAccuracy = 0.5, EvaluationLoss = device,
    };

    private (byte[] Head, long[] Sums) Registered()
    {
        var tally = new FoldTally(_plan.Organizations.Length);
        var sums = new long[Parameters];

        foreach (var bucket in _round.State.Folds.Values.SelectMany(entry => entry.Buckets))
        {
            var (head, part) = _payloads.Checkpoints[bucket.Checkpoint.Name];
            tally.Merge(FoldTally.FromBytes(head, _plan.Organizations.Length));
            ExactFold.Merge(sums, part);
        }

        return (tally.ToBytes(), sums);
    }

    // The oracle: what the row refers to is exactly one fold of these devices.
    private async Task AssertRowHoldsAsync(params int[] devices)
    {
        using var expected = new FoldSums(_buffers, _plan, Parameters);
        expected.Add([.. devices.Select(Pending)]);
        var (head, sums) = Registered();

        Assert.Equal(devices, _round.State.CountedDevices());
        var expectedSums = new long[Parameters];
        expected.Read(0, expectedSums);
        Assert.Equal(expectedSums, sums);
        Assert.Equal(expected.Tally.ToBytes(), head);

        // Nothing is kept but what the row refers to.
        var kept = _round.State.Folds.Values.Sum(entry => entry.Buckets.Length);
        await _payloads.WaitForCheckpointsAsync(kept, Cancellation);
        Assert.Equal(kept, _payloads.Checkpoints.Count);
    }
}
